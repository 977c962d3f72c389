using System.Text.Json;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tests.Agreement;
using Recurrent.Tests.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Formats;

/// <summary>
/// The small models that other programs read, and what they gave. Their files stand in the folder fixtures; with
/// RECURRENT_UPDATE_GOLDEN=1 they are written again, and the scripts beside this file then make the numbers anew.
/// </summary>
internal static class ExchangeCase
{
    public const int Batch = 2;
    private const int Steps = 3; // of each of two calls
    private const int Vocabulary = 5;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>Of each kind, direction, depth and input.</summary>
    public static IReadOnlyList<(string Name, ModelConfiguration Configuration)> All { get; } =
    [
        ("rnn", Of("rnn")),
        ("rnn-deep", Of("rnn") with { Layers = 3 }),
        ("rnn-relu", Of("rnn-relu") with { Layers = 2, Bidirectional = true }),
        ("gru-both", Of("gru") with { Bidirectional = true }),
        ("gru-deep", Of("gru") with { Layers = 2, EmbeddingSize = 4 }),
        ("lstm", Of("lstm")),
        ("lstm-tied", Of("lstm") with { EmbeddingSize = 3, TiedWeights = true }),
        ("lstm-all", Of("lstm") with { Layers = 2, Bidirectional = true, EmbeddingSize = 4 }),
        ("scratch", Of("rnn-scratch")),
    ];

    /// <summary>A model whose values are the same to the bit everywhere.</summary>
    public static TrainedModel Model(ModelConfiguration configuration)
    {
        var model = LanguageModel.Create(configuration, new RandomStream(1, 0));
        for (var salt = 0; salt < model.Parameters.Count; salt++)
        {
            var values = new float[model.Parameters[salt].Value.Count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = ((((7 * i) + (5 * salt)) % 23) - 11) / 16f;
            }
            model.Parameters[salt].Value.Write(values);
        }
        return new TrainedModel(model, Codec, new TrainingSummary());
    }

    public static TextCodec Codec =>
        new(
            new Normalizer(Normalization.Letters),
            Tokenizer.Characters,
            new Vocabulary(["<unk>", " ", "e", "t", "a"], [0, 5, 4, 3, 2])
        );

    /// <summary>The tokens (batch, steps) of a call.</summary>
    public static int[] Tokens(int call)
    {
        var tokens = new int[Batch * Steps];
        for (var i = 0; i < tokens.Length; i++)
        {
            var (row, t) = (i / Steps, (call * Steps) + (i % Steps));
            tokens[i] = ((3 * row) + (2 * t) + (t * t)) % Vocabulary;
        }
        return tokens;
    }

    /// <summary>The path of a fixture.</summary>
    public static string PathOf(string file) => Repository.PathOf($"tests/Recurrent.Tests/Formats/fixtures/{file}");

    public static T Read<T>(string file) => JsonSerializer.Deserialize<T>(File.ReadAllText(PathOf(file)), s_json)!;

    /// <summary>Checks the bytes of a fixture.</summary>
    public static void CheckGolden(string file, byte[] actual)
    {
        if (Environment.GetEnvironmentVariable("RECURRENT_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllBytes(PathOf(file), actual);
        }
        Assert.Equal(File.ReadAllBytes(PathOf(file)), actual);
    }

    /// <summary>Reads two texts in two calls, the state carried from one to the other.</summary>
    public static void AssertAgrees(ILanguageModel model, Reading expected, string what, int firstEntry = 0)
    {
        var state = model.InitialState(Batch);
        for (var call = 0; call < 2; call++)
        {
            int[] tokens = [.. Tokens(call).Select(token => firstEntry + token)];
            var (logits, next) = model.Forward(tokens, Batch, state);
            var entries = logits.Shape[1];
            float[] compared = [.. logits.ToArray().Where((_, i) => i % entries >= firstEntry)];
            Agree.Within(expected.Logits[call], compared, $"{what}: logits of call {call}");
            state = next.Detach();
        }
        var parts = expected.State.Length;
        for (var part = 0; part < parts; part++)
        {
            float[] ours = [.. state.Parts.Where((_, i) => i % parts == part).SelectMany(p => p.ToArray())];
            Agree.Within(expected.State[part], ours, $"{what}: state {part}");
        }
    }

    private static ModelConfiguration Of(string kind) =>
        new()
        {
            Kind = kind,
            VocabularySize = Vocabulary,
            HiddenSize = 3,
        };

    /// <summary>What another program read.</summary>
    /// <param name="Logits">Of each call (T·B, V), all rows of step 0 first.</param>
    /// <param name="State">After both: h (L·D, B, H) and for an LSTM c (L·D, B, H).</param>
    public sealed record Reading(double[][] Logits, double[][] State);
}
