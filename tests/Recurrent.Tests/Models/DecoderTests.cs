using Recurrent.Kernels;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;

namespace Recurrent.Tests.Models;

/// <summary>
/// Reading token by token against <see cref="ILanguageModel.Forward"/> over the whole text, to the bit.
/// </summary>
public sealed class DecoderTests
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
            { "gru-reset-before", 18, 2, false, false, 5 },
            { "gru-reset-before", 151, 1, false, false, 0 },
            { "lstm", 20, 3, false, false, 0 },
            { "lstm", 24, 2, false, true, 24 },
            { "lstm", 131, 1, false, false, 40 },
            { "mingru", 19, 2, false, false, 0 },
            { "minlstm", 21, 2, false, false, 6 },
            { "lstm", 10, 2, true, false, 0 },
            { "gru+features", 17, 1, false, false, 5 },
            { "lstm+features", 131, 2, false, false, 40 },
            { "minlstm+features", 24, 1, false, true, 24 },
            { "gru+features", 10, 1, true, false, 6 },
            { "gru+counts", 17, 2, false, false, 5 },
            { "gru+features+counts", 12, 1, false, false, 4 },
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
                    var state = Model(kind, hidden, layers, bidirectional, tied, embedding, device)
                        .CreateDecoder()
                        .CreateState(batch);
                    for (var step = 0; step < Steps; step++)
                    {
                        Assert.Equal(expected[step], Read(state, tokens, step));
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Goes_on_from_a_saved_row_and_keeps_the_weights_as_they_were(
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
        var decoder = model.CreateDecoder();
        var (state, fork) = (decoder.CreateState(2), decoder.CreateState(2));
        Read(state, tokens, 0);
        Read(state, tokens, 1);
        DecoderRow[] saved = [state.Save(0), state.Save(1)];
        var expected = Read(state, tokens, 2);
        Assert.Equal(expected, ReadFrom(fork, saved, tokens));
        foreach (var (name, value) in model.Parameters)
        {
            var before = ReadFrom(model.CreateDecoder().CreateState(2), saved, tokens);
            value.ChangeEach(weight => (weight * 0.9f) + 0.01f);
            var after = ReadFrom(model.CreateDecoder().CreateState(2), saved, tokens);
            Assert.False(before.SequenceEqual(after), $"A change of {name} goes unseen.");
            Assert.Equal(expected, ReadFrom(fork, saved, tokens));
        }
    }

    // Of 21 rows some are read in an order of their own, and the logits of the first of them are asked for; each row
    // reads what it would read alone.
    [Theory]
    [MemberData(nameof(Models))]
    public void No_bit_of_a_row_depends_on_the_others_in_the_step(
        string kind,
        int hidden,
        int layers,
        bool bidirectional,
        bool tied,
        int embedding
    )
    {
        const int capacity = 21;
        foreach (var tier in VectorTier.All)
        {
            var device = new CpuDevice(threads: 2, tier);
            var decoder = Model(kind, hidden, layers, bidirectional, tied, embedding, device).CreateDecoder();
            var state = decoder.CreateState(capacity);
            var alone = Array.ConvertAll(new int[capacity], _ => decoder.CreateState(1));
            for (var step = 0; step < 30; step++)
            {
                var random = new RandomStream(7, (ulong)step);
                int[] rows = [.. random.Permutation(capacity).Take(1 + random.Below(capacity, 100))];
                if (step % 3 == 0)
                {
                    rows = [.. rows.Order()]; // often some that stand together
                }
                int[] tokens = [.. rows.Select(row => random.Below(Vocabulary, 200 + (ulong)row))];
                var outputs = random.Below(rows.Length + 1, 300);
                float[][] expected = [.. rows.Select((row, i) => alone[row].Step([0], [tokens[i]]).ToArray())];
                var logits = state.Step(rows, tokens, outputs);
                Assert.Equal(expected.Take(outputs).SelectMany(row => row), logits.ToArray());
                Assert.Equal(logits.ToArray(), state.Logits.ToArray());
            }
        }
    }

    [Theory]
    [InlineData("rnn-scratch")]
    [InlineData("gru")]
    [InlineData("lstm")]
    public void Rows_are_copied_and_put_before_any_text(string kind)
    {
        var decoder = Model(kind, 11, 1, false, false, 0).CreateDecoder();
        var (state, fresh) = (decoder.CreateState(3), decoder.CreateState(1));
        state.Step([0, 1], [3, 4]);
        state.Restore(2, state.Save(0));
        state.Reset(0);
        var logits = state.Step([0, 1, 2], [5, 5, 5]).ToArray().Chunk(Vocabulary).ToArray();
        Assert.Equal(fresh.Step([0], [5]).ToArray(), logits[0]);
        fresh.Reset(0);
        fresh.Step([0], [3]);
        Assert.Equal(fresh.Step([0], [5]).ToArray(), logits[2]);
        Assert.NotEqual(logits[1], logits[2]);
    }

    [Theory]
    [InlineData("rnn-scratch")]
    [InlineData("lstm")]
    public async Task Threads_share_a_decoder(string kind)
    {
        var decoder = Model(kind, 40, 1, false, false, 0).CreateDecoder();
        var expected = Text(decoder);
        var texts = Enumerable.Range(0, 4).Select(_ => Task.Run(() => Text(decoder)));
        Assert.All(await Task.WhenAll(texts), text => Assert.Equal(expected, text));

        static int[] Text(Decoder decoder)
        {
            var state = decoder.CreateState(1);
            List<int> tokens = [1];
            while (tokens.Count < 200)
            {
                var logits = state.Step([0], [tokens[^1]]);
                tokens.Add((logits.IndexOf(Highest(logits)) + tokens.Count) % Vocabulary);
            }
            return [.. tokens];
        }

        static float Highest(ReadOnlySpan<float> logits) => logits.ToArray().Max();
    }

    [Theory]
    [InlineData("rnn-scratch")]
    [InlineData("lstm")]
    public void Refuses_what_does_not_fit_and_stays_as_it_was(string kind)
    {
        var decoder = Model(kind, 7, 1, false, false, 0).CreateDecoder();
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.CreateState(0));
        var (state, same) = (decoder.CreateState(2), decoder.CreateState(2));
        Assert.Contains(
            "3 tokens and 2 outputs were asked of 2 rows",
            Assert.Throws<ArgumentException>(() => state.Step([0, 1], [1, 2, 3])).Message
        );
        Assert.Throws<ArgumentException>(() => state.Step([], []));
        Assert.Throws<ArgumentException>(() => state.Step([0], [1], outputs: 2));
        Assert.Throws<ArgumentException>(() => state.Step([0], [1], outputs: -1));
        Assert.Throws<ArgumentException>(() => state.Step([0, 0], [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Step([0, 2], [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Step([-1], [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Step([0, 1], [1, Vocabulary]));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Step([0, 1], [-1, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Restore(2, state.Save(0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Save(-1));
        Assert.Throws<ArgumentException>(() => state.Restore(0, new DecoderRow()));
        var other = Model(kind, 8, 1, false, false, 0).CreateDecoder().CreateState(1).Save(0);
        Assert.Contains("(8)", Assert.Throws<ArgumentException>(() => state.Restore(0, other)).Message);
        Assert.Equal(same.Step([0, 1], [1, 2]).ToArray(), state.Step([0, 1], [1, 2]).ToArray());
    }

    private static ILanguageModel Model(
        string kind,
        int hidden,
        int layers,
        bool bidirectional,
        bool tied,
        int embedding,
        Device? device = null
    )
    {
        var network = LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind.Split('+')[0],
                Features = kind.Contains("+features", StringComparison.Ordinal)
                    ? new() { Rows = 7, Letters = [1, 2, 4, 7] }
                    : null,
                VocabularySize = Vocabulary,
                HiddenSize = hidden,
                Layers = layers,
                Bidirectional = bidirectional,
                TiedWeights = tied,
                EmbeddingSize = embedding,
            },
            RandomStream.Parameters(5),
            device
        );
        foreach (
            var (name, table) in network.Parameters.Where(one =>
                one.Name.StartsWith("features.", StringComparison.Ordinal)
            )
        )
        {
            table.CopyFrom(Draw.Values(name.Length, table.Shape.ToArray())); // they are zeros at first
        }
        return kind.EndsWith("+counts", StringComparison.Ordinal)
            ? new MixedModel(network, NGramModel.Count(Tokens(50), Vocabulary, order: 3), weight: 0.3)
            : network;
    }

    private static int[] Tokens(int batch) =>
        [.. Enumerable.Range(0, batch * Steps).Select(i => ((i * i) + i) % Vocabulary)]; // (batch, steps)

    private static float[] Read(DecoderState state, int[] tokens, int step)
    {
        int[] rows = [.. Enumerable.Range(0, state.Capacity)];
        return [.. state.Step(rows, Array.ConvertAll(rows, row => tokens[(row * Steps) + step]))];
    }

    private static float[] ReadFrom(DecoderState state, DecoderRow[] saved, int[] tokens)
    {
        for (var row = 0; row < saved.Length; row++)
        {
            state.Restore(row, saved[row]);
        }
        return Read(state, tokens, 2);
    }

    private static float[][] AtOnce(ILanguageModel model, int[] tokens, int batch) =>
        [.. model.Forward(tokens, batch, model.InitialState(batch)).Logits.ToArray().Chunk(batch * Vocabulary)];

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
