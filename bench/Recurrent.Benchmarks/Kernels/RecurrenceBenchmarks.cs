using BenchmarkDotNet.Attributes;
using Recurrent.Kernels;
using Recurrent.Tensors;

namespace Recurrent.Benchmarks.Kernels;

/// <summary>
/// A layer of each cell over a minibatch of the chapter's size, forward and back through time. The way back overwrites what the
/// forward run left, so it is not run alone.
/// </summary>
public class RecurrenceBenchmarks
{
    private const int Steps = 35;
    private const int Batch = 32;
    private const int Vocabulary = 28;
    private readonly KernelTier _tier = Compute.Current.Tier;
    private AlignedBuffer _forwardWeights = new(0); // packed (H, G·H)
    private AlignedBuffer _backwardWeights = new(0); // packed (G·H, H)
    private readonly int[] _tokens = [.. Enumerable.Range(0, Steps * Batch).Select(i => i % Vocabulary)]; // (T, B)
    private AlignedBuffer _tokenTable = new(0); // (vocabulary, G·H)
    private AlignedBuffer _gates = new(0); // (T, B, G·H)
    private AlignedBuffer _inputGates = new(0); // (T, B, 3·H), a GRU's
    private AlignedBuffer _bias = new(0); // (3·H), a GRU's
    private AlignedBuffer _state = new(0); // (B, H)
    private AlignedBuffer _gradientH = new(0); // (B, H)
    private AlignedBuffer _gradientC = new(0); // (B, H), an LSTM's
    private AlignedBuffer _h = new(0); // (T, B, H)
    private AlignedBuffer _c = new(0); // (T, B, H), an LSTM's
    private AlignedBuffer _outputGradient = new(0); // (T, B, H)

    [Params(CellKind.TanhRnn, CellKind.Gru, CellKind.Lstm)]
    public CellKind Cell { get; set; }

    [Params(256, 512)]
    public int Hidden { get; set; }

    private bool IsGru => Cell == CellKind.Gru;

    private bool IsLstm => Cell == CellKind.Lstm;

    [GlobalSetup]
    public void Allocate()
    {
        var width =
            Hidden
            * (
                IsLstm ? 4
                : IsGru ? 3
                : 1
            );
        var bound = 1 / Math.Sqrt(Hidden);
        var weights = Values.Random(width * Hidden, bound);
        var team = Compute.Current.Team;
        _forwardWeights = new AlignedBuffer(_tier.PackedLength(Hidden, width));
        _tier.Pack(team, weights.Span, Hidden, width, transposed: true, _forwardWeights.Span);
        _backwardWeights = new AlignedBuffer(_tier.PackedLength(width, Hidden));
        _tier.Pack(team, weights.Span, width, Hidden, transposed: false, _backwardWeights.Span);
        _tokenTable = Values.Random(Vocabulary * width, bound);
        _gates = new AlignedBuffer(Steps * Batch * width);
        _inputGates = new AlignedBuffer(IsGru ? Steps * Batch * width : 0);
        _bias = Values.Random(IsGru ? width : 0, bound);
        _state = new AlignedBuffer(Batch * Hidden);
        _gradientH = new AlignedBuffer(Batch * Hidden);
        _gradientC = new AlignedBuffer(IsLstm ? Batch * Hidden : 0);
        _h = new AlignedBuffer(Steps * Batch * Hidden);
        _c = new AlignedBuffer(IsLstm ? Steps * Batch * Hidden : 0);
        _outputGradient = Values.Random(Steps * Batch * Hidden);
    }

    [Benchmark]
    public void Forward() => _tier.RecurrentForward(Compute.Current.Team, Sequence(isForward: true));

    [Benchmark]
    public void ForwardAndBackward()
    {
        Forward();
        _tier.RecurrentBackward(Compute.Current.Team, Sequence(isForward: false));
    }

    private RecurrentSequence Sequence(bool isForward) =>
        new()
        {
            Cell = Cell,
            Steps = Steps,
            Batch = Batch,
            HiddenSize = Hidden,
            Gates = _gates.Span,
            InputGates = _inputGates.Span,
            Tokens = isForward ? _tokens : default,
            TokenTable = isForward ? _tokenTable.Span : default,
            RecurrentBias = isForward ? _bias.Span : default,
            Weights = isForward ? _forwardWeights.Span : _backwardWeights.Span,
            InitialH = _state.Span,
            InitialC = IsLstm ? _state.Span : default,
            H = _h.Span,
            C = _c.Span,
            OutputGradient = isForward ? default : _outputGradient.Span,
            GradientH = isForward ? default : _gradientH.Span,
            GradientC = isForward ? default : _gradientC.Span,
        };
}
