using Recurrent.Kernels;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;

namespace Recurrent.Tests.Models;

/// <summary>Reading token by token against <see cref="ILanguageModel.Forward"/> over the whole text, to the bit.</summary>
public sealed class TokenReaderTests
{
    private const int Vocabulary = 9;
    private const int Steps = 4;

    // The larger ones have enough work for several threads to share the hidden units of one text.
    public static TheoryData<string, int, int, bool, bool, int> Models =>
        new()
        {
            { "rnn-scratch", 12, 1, false, false, 0 },
            { "rnn", 17, 1, false, false, 0 },
            { "rnn", 257, 2, false, false, 0 },
            { "gru", 17, 1, false, false, 5 },
            { "gru", 150, 2, false, false, 0 },
            { "lstm", 20, 3, false, false, 0 },
            { "lstm", 24, 2, false, true, 24 },
            { "lstm", 131, 1, false, false, 40 },
            { "lstm", 10, 2, true, false, 0 },
        };

    [Theory]
    [MemberData(nameof(Models))]
    public void Gives_the_logits_of_Forward_on_every_tier_for_any_threads(
        string kind,
        int hidden,
        int layers,
        bool bidirectional,
        bool tied,
        int embedding
    )
    {
        var model = Model(kind, hidden, layers, bidirectional, tied, embedding);
        foreach (var batch in (int[])[1, 2, 5])
        {
            var tokens = Tokens(batch);
            var expected = bidirectional ? StepByStep(model, tokens, batch) : AtOnce(model, tokens, batch);
            foreach (var tier in VectorTier.All)
            {
                foreach (var threads in (int[])[1, 2, 3, 5])
                {
                    var device = new CpuDevice(threads, tier);
                    var reader = Model(kind, hidden, layers, bidirectional, tied, embedding, device)
                        .CreateReader(batch);
                    for (var step = 0; step < Steps; step++)
                    {
                        Assert.Equal(expected[step], Read(reader, tokens, step));
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Goes_on_from_a_copied_state_and_reads_weights_that_have_changed(
        string kind,
        int hidden,
        int layers,
        bool bidirectional,
        bool tied,
        int embedding
    )
    {
        var model = Model(kind, hidden, layers, bidirectional, tied, embedding);
        var tokens = Tokens(2);
        var (reader, fork) = (model.CreateReader(2), model.CreateReader(2));
        Read(reader, tokens, 0);
        Read(reader, tokens, 1);
        var state = reader.CopyState();
        var expected = Read(reader, tokens, 2);
        fork.SetState(state);
        Assert.Equal(expected, Read(fork, tokens, 2));
        foreach (var (name, value) in model.Parameters)
        {
            reader.SetState(state);
            var before = Read(reader, tokens, 2);
            value.ChangeEach(weight => (weight * 0.9f) + 0.01f);
            reader.SetState(state);
            var after = Read(reader, tokens, 2);
            Assert.False(before.SequenceEqual(after), $"A change of {name} goes unseen.");
            fork = model.CreateReader(2);
            fork.SetState(state);
            Assert.Equal(Read(fork, tokens, 2), after);
        }
    }

    [Theory]
    [InlineData("rnn-scratch")]
    [InlineData("lstm")]
    public void Refuses_what_does_not_fit_and_stays_as_it_was(string kind)
    {
        var model = Model(kind, 7, 1, false, false, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateReader(0));
        var (reader, same) = (model.CreateReader(2), model.CreateReader(2));
        Assert.Contains(
            "3 tokens were given to a reader of 2 texts",
            Assert.Throws<ArgumentException>(() => reader.Read([1, 2, 3])).Message
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Read([1, Vocabulary]));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Read([-1, 1]));
        Assert.Throws<ArgumentException>(() => reader.SetState(model.InitialState(3)));
        Assert.Throws<ArgumentException>(() => reader.SetState(new ModelState()));
        Assert.Equal(same.Read([1, 2]), reader.Read([1, 2]));
    }

    private static ILanguageModel Model(
        string kind,
        int hidden,
        int layers,
        bool bidirectional,
        bool tied,
        int embedding,
        Device? device = null
    ) =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = Vocabulary,
                HiddenSize = hidden,
                Layers = layers,
                Bidirectional = bidirectional,
                TiedWeights = tied,
                EmbeddingSize = embedding,
            },
            RandomStreams.Parameters(5),
            device
        );

    private static int[] Tokens(int batch) =>
        [.. Enumerable.Range(0, batch * Steps).Select(i => ((i * i) + i) % Vocabulary)]; // (batch, steps)

    private static float[] Read(TokenReader reader, int[] tokens, int step) =>
        [.. reader.Read([.. Enumerable.Range(0, reader.Batch).Select(row => tokens[(row * Steps) + step])])];

    private static float[][] AtOnce(ILanguageModel model, int[] tokens, int batch) =>
        [
            .. model
                .Forward(tokens, batch, model.InitialState(batch))
                .Logits.ToArray()
                .Chunk(batch * Vocabulary),
        ];

    // Both directions see one token at a time, so what comes later is not seen.
    private static float[][] StepByStep(ILanguageModel model, int[] tokens, int batch)
    {
        var state = model.InitialState(batch);
        var logits = new float[Steps][];
        for (var step = 0; step < Steps; step++)
        {
            int[] column = [.. Enumerable.Range(0, batch).Select(row => tokens[(row * Steps) + step])];
            var (y, next) = model.Forward(column, batch, state);
            (logits[step], state) = (y.ToArray(), next);
        }
        return logits;
    }
}
