using BenchmarkDotNet.Attributes;
using Recurrent.Layers;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Benchmarks.Models;

/// <summary>
/// Layers over a minibatch of 32 rows of 35 one-hot tokens, forward and back, as a model of one's own runs them.
/// </summary>
public class LayerBenchmarks : IDisposable
{
    private const int Steps = 35;
    private const int Batch = 32;
    private readonly TensorPool _pool = new();
    private readonly Indices _tokens = Indices.From(Story.Corpus.Tokens.Span[..(Steps * Batch)], Steps, Batch);
    private RecurrentLayers _layers = null!;
    private IReadOnlyList<Tensor> _state = [];

    [Params("rnn", "gru", "lstm")]
    public string Kind { get; set; } = "";

    [Params(1, 2)]
    public int Layers { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var random = RandomStream.Parameters(seed: 1);
        _layers = new RecurrentLayers(Kind, Story.Corpus.Vocabulary.Count, hiddenSize: 256, random, Layers);
        _state = _layers.ZeroState(Batch);
    }

    public void Dispose()
    {
        _pool.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void Forward()
    {
        using var scope = _pool.OpenScope();
        using var noGradient = GradientMode.Disable();
        _layers.Forward(_tokens, _state);
    }

    [Benchmark]
    public void ForwardAndBackward()
    {
        using var scope = _pool.OpenScope();
        foreach (var parameter in _layers.Parameters)
        {
            parameter.Value.ClearGradient();
        }
        _layers.Forward(_tokens, _state).Output.Sum().Backward();
    }
}
