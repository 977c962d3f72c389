using Recurrent.Batching;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>
/// Shards that train by themselves between two exchanges, as DiLoCo (https://arxiv.org/abs/2311.08105) has it: a worker
/// is a shard, with weights and an optimiser's memory of its own. A round ends with Δ, the mean of how far the workers
/// have come from where it began; m ← μ·m + Δ, w ← w − η·(Δ + μ·m), and all go on from w.
/// </summary>
/// <remarks>
/// The model has a worker's weights only while that trains; at any other time it is as the last round left it, the
/// same on every rank. A rank with several workers trains one after the other.
/// </remarks>
internal sealed class LocalSteps
{
    private readonly IReadOnlyList<Parameter> _parameters; // of the model
    private readonly Optimizer _optimizer;
    private readonly TensorPool _pool;
    private readonly TrainingStep _step; // of one worker
    private readonly RankGroup? _group;
    private readonly int _all; // workers of all ranks
    private readonly (float Rate, float Momentum) _outer;
    private readonly Tensor[][] _weights; // (workers)(parameters)
    private readonly Tensor[][] _moments; // (workers)(moments · parameters); the optimiser's are those of the first
    private readonly Tensor[] _momentum; // (parameters), the outer one
    private readonly string[] _names; // (parameters + moments · parameters), of what each worker has
    private readonly StepResult _result;
    private readonly double[] _losses; // (workers)
    private readonly double[] _norms; // (workers)
    private (int[] X, int[] Y, Minibatch? Minibatch) _rows = ([], [], null); // of one of several workers
    private Storage? _room; // for another rank's tensor; null until one comes

    /// <summary>Prepares the workers of this rank.</summary>
    /// <param name="model">The model.</param>
    /// <param name="optimizer">The rule by which its parameters follow their gradients.</param>
    /// <param name="pool">Whose memory the step uses.</param>
    /// <param name="step">A step of the model on one shard's rows.</param>
    /// <param name="options">The settings, of which shards and the outer rate and momentum count.</param>
    /// <param name="group">The ranks that share out the workers; null where this one has all.</param>
    public LocalSteps(
        ILanguageModel model,
        Optimizer optimizer,
        TensorPool pool,
        TrainingStep step,
        TrainerOptions options,
        RankGroup? group
    )
    {
        (_parameters, _optimizer, _pool, _step, _group) = (model.Parameters, optimizer, pool, step, group);
        (_all, _outer) = (options.Shards, ((float)options.OuterRate, (float)options.OuterMomentum));
        var workers = _all / (group?.Count ?? 1);
        (_losses, _norms, _result) = (new double[workers], new double[workers], new(model, 1));
        var moments =
            from moment in Enumerable.Range(0, optimizer.MomentNames.Count)
            from parameter in Enumerable.Range(0, _parameters.Count)
            select (
                Name: $"{optimizer.MomentNames[moment]}.{_parameters[parameter].Name}",
                Value: optimizer.Moment(moment, parameter)
            );
        Tensor[] ofFirst = [.. moments.Select(moment => moment.Value)];
        _names = [.. _parameters.Select(parameter => parameter.Name), .. moments.Select(moment => moment.Name)];
        _weights = [.. Enumerable.Range(0, workers).Select(_ => RoomFor(_parameters.Select(one => one.Value)))];
        _moments = [.. Enumerable.Range(0, workers).Select(worker => worker == 0 ? ofFirst : RoomFor(ofFirst))];
        _momentum = RoomFor(_parameters.Select(parameter => parameter.Value));
        BeginRound();
    }

    /// <summary>Whether the workers have trained since the last round ended.</summary>
    public bool IsWithinRound { get; private set; }

    private int First => (_group?.Rank ?? 0) * _weights.Length; // the number of this rank's first worker

    /// <summary>Trains each worker on its rows of a minibatch.</summary>
    /// <param name="minibatch">This rank's rows.</param>
    /// <param name="state">The state before the minibatch, overwritten with that after it.</param>
    /// <param name="dropout">Where dropout draws its masks; null for none.</param>
    /// <param name="learningRate">η of the workers.</param>
    /// <returns>
    /// What this rank contributes to the means over all workers; it can be read until the next step begins.
    /// </returns>
    public StepResult Run(Minibatch minibatch, ModelState state, RandomStream? dropout, double learningRate)
    {
        IsWithinRound = true;
        var (updates, rows) = (_optimizer.Updates, minibatch.Batch / _weights.Length);
        for (var worker = 0; worker < _weights.Length; worker++)
        {
            using var scope = _pool.OpenScope();
            _optimizer.ContinueFrom(updates);
            Exchange(worker);
            try
            {
                var result = _step.Run(
                    RowsOf(minibatch, worker * rows, rows),
                    rows == minibatch.Batch ? state : state.Rows(worker * rows, rows),
                    dropout?.Fork((ulong)(First + worker)),
                    learningRate
                );
                // Divided before they are added up, so that the sum of the ranks' is that of one.
                (_losses[worker], _norms[worker]) = (result.Loss / _all, result.GradientNorm / _all);
            }
            finally
            {
                Exchange(worker);
            }
        }
        _result.Take(GradientTree.Sum(_losses), GradientTree.Sum(_norms));
        return _result;
    }

    /// <summary>Ends a round: the model follows the mean of what the workers have learned.</summary>
    public void EndRound()
    {
        for (var i = 0; i < _parameters.Count; i++)
        {
            for (var worker = 0; worker < _weights.Length; worker++)
            {
                _weights[worker][i].ScaleInPlace(-1);
                _weights[worker][i].AddInPlace(_parameters[i].Value);
            }
            for (var width = 1; width < _weights.Length; width *= 2) // as GradientTree adds
            {
                for (var worker = 0; worker + width < _weights.Length; worker += 2 * width)
                {
                    _weights[worker][i].AddInPlace(_weights[worker + width][i]);
                }
            }
        }
        _group?.Add(_weights[0]);
        for (var i = 0; i < _parameters.Count; i++)
        {
            var (way, momentum) = (_weights[0][i], _momentum[i]);
            way.ScaleInPlace(1f / _all);
            momentum.ScaleInPlace(_outer.Momentum);
            momentum.AddInPlace(way);
            way.AddInPlace(momentum, _outer.Momentum);
            _parameters[i].Value.AddInPlace(way, -_outer.Rate);
        }
        BeginRound();
    }

    /// <summary>Gives all workers the weights that the model has.</summary>
    public void BeginRound()
    {
        IsWithinRound = false;
        for (var worker = 0; worker < _weights.Length; worker++)
        {
            for (var i = 0; i < _parameters.Count; i++)
            {
                _weights[worker][i].CopyFrom(_parameters[i].Value);
            }
        }
    }

    /// <summary>Goes on with the weights that a checkpoint had of the workers.</summary>
    public void GoOnWithinRound() => IsWithinRound = true;

    /// <summary>Gives all workers what the optimiser remembers.</summary>
    public void ShareMoments()
    {
        for (var worker = 1; worker < _moments.Length; worker++)
        {
            for (var i = 0; i < _moments[worker].Length; i++)
            {
                _moments[worker][i].CopyFrom(_moments[0][i]);
            }
        }
    }

    /// <summary>The tensors of the run that this rank has and overwrites from step to step.</summary>
    /// <param name="withWeights">Whether the workers' weights are, which are the model's between two rounds.</param>
    public IEnumerable<Tensor> Tensors(bool withWeights) =>
        [
            .. _parameters.Select(parameter => parameter.Value),
            .. _momentum,
            .. Enumerable
                .Range(0, _weights.Length)
                .SelectMany(worker => withWeights ? [.. _weights[worker], .. _moments[worker]] : _moments[worker]),
        ];

    /// <summary>Adds the tensors of the run to those of a checkpoint, with those of other ranks' workers.</summary>
    /// <param name="checkpoint">The checkpoint's.</param>
    /// <param name="prefix">The prefix of their names.</param>
    /// <param name="own">Those of this rank: what <see cref="Tensors"/> gives, or copies of it.</param>
    /// <param name="withWeights">Whether the workers' weights are among them.</param>
    public void AddTo(CheckpointTensors checkpoint, string prefix, IReadOnlyList<Tensor> own, bool withWeights)
    {
        var (next, names) = (0, withWeights ? _names : _names[_parameters.Count..]);
        foreach (var kind in (string[])["", "outer."])
        {
            foreach (var (name, _) in _parameters)
            {
                checkpoint.Add(prefix + kind + name, own[next++]);
            }
        }
        for (var worker = 0; worker < _all; worker++)
        {
            var isOwn = worker >= First && worker < First + _weights.Length;
            for (var i = 0; i < names.Length; i++)
            {
                var value = isOwn ? own[next++] : RoomFor(_parameters[i % _parameters.Count].Value);
                checkpoint.Add($"{prefix}worker.{worker}.{names[i]}", value, worker / _weights.Length);
            }
        }
    }

    /// <summary>A tensor of a parameter's shape for another rank's values, one at a time.</summary>
    private Tensor RoomFor(Tensor parameter)
    {
        var most = _parameters.Max(one => one.Value.Count);
        var device = parameter.Device;
        return Tensor.Kept(_room ??= new Storage().Over(device.Allocate<float>(most), device, null), parameter.Shape);
    }

    private static Tensor[] RoomFor(IEnumerable<Tensor> tensors) =>
        [.. tensors.Select(tensor => Tensor.Zeros(tensor.Device, tensor.Shape.ToArray()))];

    /// <summary>Gives the model and the optimiser a worker's tensors, or takes them back.</summary>
    private void Exchange(int worker)
    {
        for (var i = 0; i < _parameters.Count; i++)
        {
            _parameters[i].Value.Exchange(_weights[worker][i]);
        }
        for (var i = 0; worker > 0 && i < _moments[worker].Length; i++)
        {
            _moments[0][i].Exchange(_moments[worker][i]);
        }
    }

    private Minibatch RowsOf(Minibatch minibatch, int first, int count)
    {
        if (count == minibatch.Batch)
        {
            return minibatch;
        }
        if (_rows.Minibatch is not { } rows || rows.Batch != count || rows.Steps != minibatch.Steps)
        {
            var (x, y) = (new int[minibatch.Steps * count], new int[minibatch.Steps * count]);
            _rows = (x, y, rows = new Minibatch(count, minibatch.Steps, x, y));
        }
        for (var t = 0; t < minibatch.Steps; t++)
        {
            var start = (t * minibatch.Batch) + first;
            minibatch.X.Span.Slice(start, count).CopyTo(_rows.X.AsSpan(t * count));
            minibatch.Y.Span.Slice(start, count).CopyTo(_rows.Y.AsSpan(t * count));
        }
        return rows;
    }
}
