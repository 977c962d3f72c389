using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;

namespace Recurrent.Tests.Models;

/// <summary>What is kept of a model's weights when it is first read with.</summary>
public sealed class FirstUseTests
{
    [Fact]
    public void Threads_that_are_the_first_to_read_get_what_one_gets_alone()
    {
        int[] tokens = [3, 1, 4, 1, 5, 9, 2, 6];
        var expected = Read(Model(), tokens);
        for (var time = 0; time < 40; time++)
        {
            var model = Model();
            var results = Together(i => i % 2 == 0 ? Read(model, tokens) : Decode(model, tokens));
            Assert.All(results, result => Assert.Equal(expected, result));
        }
    }

    [Fact]
    public void A_weight_is_packed_once_whoever_is_the_first()
    {
        for (var time = 0; time < 20; time++)
        {
            var weight = Tensor.Zeros(1500, 700);
            var packed = Together(_ => weight.Packed(transposed: true));
            ref var first = ref MemoryMarshal.GetReference(packed[0].AsSpan());
            foreach (var other in packed)
            {
                Assert.True(Unsafe.AreSame(ref first, ref MemoryMarshal.GetReference(other.AsSpan())));
            }
        }
    }

    [Fact]
    public void Short_texts_allocate_no_memory_that_never_moves()
    {
        var decoder = Model().CreateDecoder();
        var state = decoder.RentState(4);
        decoder.ReturnState(state);
        Assert.NotSame(state, decoder.RentState(2));
        Assert.Same(state, decoder.RentState(4));
        Assert.NotSame(state, decoder.RentState(4));
        decoder.ReturnState(decoder.RentState(300)); // too many rows to keep
        Assert.Equal(300, decoder.RentState(300).Capacity);
    }

    /// <summary>What each of eight threads gets that begin at once.</summary>
    private static T[] Together<T>(Func<int, T> get)
    {
        using var start = new Barrier(8);
        var results = new T[8];
        var threads = Enumerable
            .Range(0, results.Length)
            .Select(i => new Thread(() =>
            {
                start.SignalAndWait();
                results[i] = get(i);
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return results;
    }

    private static ILanguageModel Model() =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = "lstm",
                VocabularySize = 40,
                HiddenSize = 96,
                EmbeddingSize = 64,
                Layers = 2,
            },
            RandomStream.Parameters(1)
        );

    private static float[] Read(ILanguageModel model, int[] tokens)
    {
        var (logits, _) = model.Forward(tokens, 1, model.InitialState(1));
        return logits.ToArray()[^40..];
    }

    private static float[] Decode(ILanguageModel model, int[] tokens)
    {
        var state = model.CreateDecoder().CreateState(1);
        float[] logits = [];
        foreach (var token in tokens)
        {
            logits = state.Step([0], [token]).ToArray();
        }
        return logits;
    }
}
