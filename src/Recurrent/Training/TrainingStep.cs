using Recurrent.Batching;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>
/// One step of training: forward, backward, sum over shards, clip, update. It allocates nothing once it has run.
/// </summary>
internal sealed class TrainingStep
{
    private readonly ILanguageModel _model;
    private readonly Optimizer _optimizer;
    private readonly TensorPool _pool;
    private readonly RankGroup? _group;
    private readonly int _ranks;
    private readonly int _shards; // of this rank
    private readonly StepResult[] _results; // of this step and the one before
    private readonly SquaredNorms _clippedNorms; // where values are clipped, too
    private readonly GradientTree _gradients;
    private readonly Action<int, Tensor> _addShard;
    private readonly bool _inOnePass;
    private int[] _rows = []; // (steps, rows of a shard)

    /// <summary>Prepares the step.</summary>
    /// <param name="model">The model to train, in place.</param>
    /// <param name="optimizer">The rule by which its parameters follow their gradients.</param>
    /// <param name="pool">Whose memory the step uses, again and again.</param>
    /// <param name="shards">The shards into which the rows of a minibatch are divided, those of all ranks.</param>
    /// <param name="group">The ranks that share them out; null where this one has all.</param>
    /// <param name="apart">
    /// Whether each shard is computed as a minibatch of its own, which gives the same bits, where one pass could be
    /// made over all of them.
    /// </param>
    public TrainingStep(
        ILanguageModel model,
        Optimizer optimizer,
        TensorPool pool,
        int shards = 1,
        RankGroup? group = null,
        bool apart = false
    )
    {
        (_model, _optimizer, _pool, _group) = (model, optimizer, pool, group);
        _ranks = group?.Count ?? 1;
        _shards = shards / _ranks;
        _results = [new(model, _shards), new(model, _shards)];
        _clippedNorms = new(model.Device, model.Parameters.Count);
        _gradients = new(model.Parameters, _shards);
        _addShard = _gradients.Add;
        _inOnePass = _shards > 1 && !apart && model is IShardedModel && model.Device is CpuDevice;
    }

    /// <summary>Largest global norm of the gradient; null for no clipping.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>
    /// Largest magnitude of each value of the gradient, which comes before the norm; null for no clipping.
    /// </summary>
    public double? ClipValue { get; init; }

    /// <summary>
    /// Trains on one minibatch. Nothing is read back from the device unless several ranks train, so a loss or gradient
    /// that is not finite is used as well: whoever reads that it is takes the model and the optimizer back.
    /// </summary>
    /// <param name="minibatch">This rank's rows.</param>
    /// <param name="state">The state before the minibatch, overwritten with that after it.</param>
    /// <param name="dropout">Where dropout draws its masks; null for none.</param>
    /// <param name="learningRate">η.</param>
    /// <returns>
    /// What the step gave, with the loss of this rank's shards; it can be read until the step after the next begins.
    /// </returns>
    public StepResult Run(Minibatch minibatch, ModelState state, RandomStream? dropout, double learningRate)
    {
        var result = _results[0];
        (_results[0], _results[1]) = (_results[1], result);
        for (var shard = 0; shard < _shards - 1 && !_inOnePass; shard++)
        {
            using var scope = _pool.OpenScope(); // the next shard uses the same memory
            using var recording = _model.Device.Record();
            Differentiate(shard, minibatch, state, dropout, result);
        }
        using var lastScope = _pool.OpenScope();
        using var lastRecording = _model.Device.Record();
        if (_inOnePass)
        {
            Differentiate(minibatch, state, dropout, result);
        }
        else
        {
            Differentiate(_shards - 1, minibatch, state, dropout, result);
        }
        _group?.AddGradients(_model.Parameters);
        GradientClipping.Compute(result.Norms, _model.Parameters);
        Clip(result);
        _optimizer.Update(learningRate);
        result.StartReading();
        return result;
    }

    /// <summary>Computes the sum of all shards' gradients, and takes their state on.</summary>
    private void Differentiate(Minibatch minibatch, ModelState state, RandomStream? dropout, StepResult result)
    {
        var device = _model.Device;
        var x = Indices.From(device, minibatch.X.Span, minibatch.Steps, minibatch.Batch).InShards(_shards);
        var y = Indices.From(device, minibatch.Y.Span, minibatch.Steps, minibatch.Batch).InShards(_shards);
        DropoutStreams? streams = dropout is { } root ? new(root, FirstShard) : null;
        var (logits, next) = ((IShardedModel)_model).Forward(x, state, streams);
        var losses = Tensor.SoftmaxCrossEntropy(logits, y, of: minibatch.X.Length * _ranks);
        LanguageModel.ClearGradients(_model);
        losses.BackwardOfShards(_addShard);
        result.KeepLosses(0, losses);
        state.CopyFrom(next);
    }

    private int FirstShard => _shards * (_group?.Rank ?? 0);

    /// <summary>Adds the gradient of a shard's rows, and takes their state on.</summary>
    private void Differentiate(
        int shard,
        Minibatch minibatch,
        ModelState state,
        RandomStream? dropout,
        StepResult result
    )
    {
        var rows = minibatch.Batch / _shards;
        if (_shards * _ranks > 1)
        {
            state = state.Rows(shard * rows, rows);
            dropout = dropout?.Fork((ulong)(FirstShard + shard));
        }
        var x = Rows(minibatch.X.Span, shard * rows, rows, minibatch);
        var y = Rows(minibatch.Y.Span, shard * rows, rows, minibatch);
        var (loss, next) = LanguageModel.Differentiate(_model, x, y, state, dropout, of: minibatch.X.Length * _ranks);
        result.KeepLosses(shard, loss);
        state.CopyFrom(next);
        _gradients.Add(shard);
    }

    /// <summary>Some rows of a minibatch's tokens, on the device.</summary>
    private Indices Rows(ReadOnlySpan<int> tokens, int first, int count, Minibatch minibatch)
    {
        if (count < minibatch.Batch)
        {
            if (_rows.Length < minibatch.Steps * count)
            {
                _rows = new int[minibatch.Steps * count];
            }
            var rows = _rows.AsSpan(0, minibatch.Steps * count);
            for (var t = 0; t < minibatch.Steps; t++)
            {
                tokens.Slice((t * minibatch.Batch) + first, count).CopyTo(rows[(t * count)..]);
            }
            tokens = rows;
        }
        return Indices.From(_model.Device, tokens, minibatch.Steps, count);
    }

    /// <summary>Clips the gradient, whose norm the result has.</summary>
    private void Clip(StepResult result)
    {
        var norms = result.Norms;
        if (ClipValue is { } most)
        {
            GradientClipping.ByValue(_model.Parameters, most);
            norms = _clippedNorms;
        }
        if (ClipNorm is { } maxNorm)
        {
            if (norms == _clippedNorms)
            {
                GradientClipping.Compute(norms, _model.Parameters);
            }
            GradientClipping.ByGlobalNorm(norms, _model.Parameters, maxNorm);
        }
    }
}
