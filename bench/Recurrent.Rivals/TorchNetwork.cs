using Recurrent.Throughput;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Recurrent.Rivals;

/// <summary>What bench/pytorch_speed.py measures, in TorchSharp.</summary>
internal abstract class TorchNetwork
{
    private const int CharactersPerTurn = 100;

    /// <summary>The layers, or the chapter's parameters for <c>rnn-scratch</c>; sizes as on the command line.</summary>
    public static TorchNetwork Of(string kind, string hidden, string layers, string vocabulary, string threads)
    {
        set_num_threads(int.Parse(threads));
        random.manual_seed(1);
        int[] sizes = [.. vocabulary.Split('/').Select(int.Parse)];
        return kind == "rnn-scratch"
            ? new ScratchNetwork(int.Parse(hidden), sizes[0])
            : new LayerNetwork(kind, int.Parse(hidden), int.Parse(layers), sizes[0], sizes is [_, var size] ? size : 0);
    }

    protected abstract IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>tokens (steps, batch) -> logits (steps * batch, vocabulary), state.</summary>
    protected abstract (Tensor Logits, Tensor[] State) Forward(Tensor tokens, Tensor[]? state);

    /// <summary>Clips the gradient to norm 1 and takes a step of stochastic gradient descent with rate 1.</summary>
    protected abstract void Update();

    /// <summary>Tokens per second of training.</summary>
    public double Train(int batch, int steps)
    {
        using var tokens = randint(1, VocabularySize, [steps + 1, batch], int64);
        using var targets = tokens[1..].reshape(-1);
        Tensor[]? state = null;
        return SteadySpeed.Measure(() =>
        {
            var start = TimeProvider.System.GetTimestamp();
            using var scope = NewDisposeScope();
            var (logits, next) = Forward(tokens[..steps], state);
            var loss = nn.functional.cross_entropy(logits, targets);
            foreach (var parameter in Parameters)
            {
                parameter.grad = null;
            }
            loss.backward();
            Update();
            Keep(ref state, next);
            return (batch * steps, TimeProvider.System.GetElapsedTime(start));
        });
    }

    /// <summary>Characters per second of all streams together, the most likely one each time.</summary>
    public double Generate(int streams)
    {
        using var _ = no_grad();
        var chosen = new long[streams];
        Tensor[]? state = null;
        return SteadySpeed.Measure(() =>
        {
            var start = TimeProvider.System.GetTimestamp();
            for (var i = 0; i < CharactersPerTurn; i++)
            {
                using var scope = NewDisposeScope();
                var (logits, next) = Forward(tensor(chosen).reshape(1, streams), state);
                logits.argmax(1).data<long>().CopyTo(chosen);
                Keep(ref state, next);
            }
            return (streams * CharactersPerTurn, TimeProvider.System.GetElapsedTime(start));
        });
    }

    protected abstract int VocabularySize { get; }

    private static void Keep(ref Tensor[]? state, Tensor[] next)
    {
        Array.ForEach(state ?? [], part => part.Dispose());
        state = [.. next.Select(part => part.detach().DetachFromDisposeScope())];
    }
}

/// <summary>A recurrent layer and a linear output, on one-hot input or an embedding.</summary>
internal sealed class LayerNetwork : TorchNetwork
{
    private readonly Embedding? _embedding;
    private readonly nn.Module _cells;
    private readonly Linear _output;
    private readonly optim.Optimizer _optimizer;

    public LayerNetwork(string kind, int hidden, int layers, int vocabulary, int embedding)
    {
        VocabularySize = vocabulary;
        var input = embedding > 0 ? embedding : vocabulary;
        _embedding = embedding > 0 ? nn.Embedding(vocabulary, embedding) : null;
        _cells = kind switch
        {
            "rnn" => nn.RNN(input, hidden, layers),
            "gru" => nn.GRU(input, hidden, layers),
            "lstm" => nn.LSTM(input, hidden, layers),
            _ => throw new ArgumentException($"TorchSharp has no layer for {kind}; choose rnn, gru or lstm."),
        };
        _output = nn.Linear(hidden, vocabulary);
        Parameters = [.. _embedding?.parameters() ?? [], .. _cells.parameters(), .. _output.parameters()];
        _optimizer = optim.SGD(Parameters, 1);
    }

    protected override IReadOnlyList<Parameter> Parameters { get; }

    protected override int VocabularySize { get; }

    protected override (Tensor Logits, Tensor[] State) Forward(Tensor tokens, Tensor[]? state)
    {
        var x = _embedding?.call(tokens) ?? nn.functional.one_hot(tokens, VocabularySize).to(float32);
        Tensor h;
        Tensor[] next;
        switch (_cells)
        {
            case LSTM lstm:
                (h, var h_n, var c_n) = lstm.call(x, state is null ? null : (state[0], state[1]));
                next = [h_n, c_n];
                break;
            case GRU gru:
                (h, h_n) = gru.call(x, state?[0]);
                next = [h_n];
                break;
            default:
                (h, h_n) = ((RNN)_cells).call(x, state?[0]);
                next = [h_n];
                break;
        }
        return (_output.call(h.reshape(-1, h.shape[^1])), next);
    }

    protected override void Update()
    {
        nn.utils.clip_grad_norm_(Parameters, 1);
        _optimizer.step();
    }
}

/// <summary>The chapter's five parameters and its loop over time.</summary>
internal sealed class ScratchNetwork : TorchNetwork
{
    private readonly int _hidden;
    private readonly Parameter _wxh,
        _whh,
        _bh,
        _whq,
        _bq;

    public ScratchNetwork(int hidden, int vocabulary)
    {
        (_hidden, VocabularySize) = (hidden, vocabulary);
        _wxh = nn.Parameter(randn(vocabulary, hidden) * 0.01);
        _whh = nn.Parameter(randn(hidden, hidden) * 0.01);
        _bh = nn.Parameter(zeros(hidden));
        _whq = nn.Parameter(randn(hidden, vocabulary) * 0.01);
        _bq = nn.Parameter(zeros(vocabulary));
        Parameters = [_wxh, _whh, _bh, _whq, _bq];
    }

    protected override IReadOnlyList<Parameter> Parameters { get; }

    protected override int VocabularySize { get; }

    protected override (Tensor Logits, Tensor[] State) Forward(Tensor tokens, Tensor[]? state)
    {
        var h = state?[0] ?? zeros(tokens.shape[1], _hidden);
        var x = nn.functional.one_hot(tokens, VocabularySize).to(float32);
        var logits = new List<Tensor>();
        for (var t = 0; t < tokens.shape[0]; t++)
        {
            h = tanh(mm(x[t], _wxh) + mm(h, _whh) + _bh);
            logits.Add(mm(h, _whq) + _bq);
        }
        return (cat(logits), [h]);
    }

    protected override void Update()
    {
        using var _ = no_grad();
        var norm = Math.Sqrt(Parameters.Sum(parameter => parameter.grad!.square().sum().item<float>()));
        foreach (var parameter in Parameters)
        {
            if (norm > 1)
            {
                parameter.grad!.mul_(1 / norm);
            }
            parameter.sub_(parameter.grad!);
        }
    }
}
