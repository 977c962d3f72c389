using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>
/// Muon (Jordan and others, https://kellerjordan.github.io/posts/muon/): a matrix of weights follows not its momentum
/// but the nearest matrix whose rows are orthogonal, which moves all of its directions by the same amount. It is for
/// the recurrent layers' matrices, a block for each gate; all other parameters follow <see cref="Adam"/> with decoupled
/// weight decay.
/// </summary>
/// <remarks>
/// m ← μ·m + (1 − μ)·g, u = μ·m + (1 − μ)·g, w ← w − η·λ·w, and for each block of b rows and c columns
/// w ← w − η·√max(1, b/c)·O(u), where O is five Newton–Schulz iterations x ← a·x + (b·xxᵀ + c·(xxᵀ)²)·x from
/// x = u / ‖u‖. These cost the same for any minibatch, so Muon pays where minibatches are large.
/// </remarks>
/// <example>
/// <code>
/// var optimizer = new Muon(trained.Model.Parameters);
/// optimizer.Update(learningRate: 0.01); // by the gradients that Backward left
/// </code>
/// </example>
public sealed class Muon : Optimizer
{
    private const int Iterations = 5;
    private const float Linear = 3.4445f; // the coefficients of the iteration, which are chosen for its speed
    private const float Cubic = -4.775f;
    private const float Quintic = 2.0315f;
    private const float LeastNorm = 1e-7f;
    private const double AdamShare = 0.3; // of the learning rate: 0.003 where this rule's usual one is 0.01

    private readonly Dictionary<Tensor, int> _blocks; // of the weights that are orthogonalised
    private readonly double _momentum;
    private readonly double _weightDecay;
    private readonly AdamRule _adam; // for the others

    /// <summary>Prepares Muon for some parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="momentum">μ, 0 or more and below 1.</param>
    /// <param name="beta2">β₂ of what follows Adam, 0 or more and below 1.</param>
    /// <param name="weightDecay">λ of all, 0 or more and below 1; 0 for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public Muon(
        IReadOnlyList<Parameter> parameters,
        double momentum = 0.95,
        double beta2 = Adam.UsualBeta2,
        double weightDecay = 0
    )
        : base(parameters, "moments", "squares")
    {
        _momentum = Within.Fraction.Require(nameof(momentum), momentum);
        _weightDecay = Within.Fraction.Require(nameof(weightDecay), weightDecay);
        _adam = new(0.9, Within.Fraction.Require(nameof(beta2), beta2), 1e-8, weightDecay, IsDecoupled: true);
        _blocks = parameters
            .Where(parameter => BlocksOf(parameter, parameters) > 0)
            .ToDictionary(parameter => parameter.Value, parameter => BlocksOf(parameter, parameters));
    }

    /// <inheritdoc/>
    protected override void Update(Tensor weights, Tensor gradient, IReadOnlyList<Tensor> moments, double learningRate)
    {
        if (!_blocks.TryGetValue(weights, out var blocks))
        {
            _adam.Update(weights, gradient, moments, AdamShare * learningRate, Updates);
            return;
        }
        var (keep, take) = ((float)_momentum, (float)(1 - _momentum));
        var momentum = moments[0];
        momentum.ScaleInPlace(keep);
        momentum.AddInPlace(gradient, take);
        var ahead = (momentum * keep) + (gradient * take);
        weights.ScaleInPlace((float)(1 - (learningRate * _weightDecay)));
        var (rows, columns) = (weights.Shape[0] / blocks, weights.Shape[1]);
        var rate = learningRate * Math.Sqrt(Math.Max(1, (double)rows / columns));
        for (var block = 0; block < blocks; block++)
        {
            var update = Orthogonalised(ahead.Slice(block * rows, rows));
            weights.Slice(block * rows, rows).AddInPlace(update, -(float)rate);
        }
    }

    /// <summary>
    /// The gates of a recurrent layer's matrix, each a block of its rows; 0 for any other parameter. A layer without
    /// recurrent weights does not tell how many there are, and is one block.
    /// </summary>
    private static int BlocksOf(Parameter parameter, IReadOnlyList<Parameter> parameters)
    {
        const string recurrent = "weight_hh";
        if (parameter.Name == "W_hh") // of the network from scratch
        {
            return 1;
        }
        var name = parameter.Name.Replace("weight_ih", recurrent, StringComparison.Ordinal);
        if (!name.Contains(recurrent, StringComparison.Ordinal))
        {
            return 0;
        }
        return parameters.FirstOrDefault(one => one.Name == name)?.Value.Shape is { } shape ? shape[0] / shape[1] : 1;
    }

    /// <summary>About the nearest matrix with orthonormal rows, or columns where those are fewer.</summary>
    /// <param name="matrix">(rows, columns).</param>
    private static Tensor Orthogonalised(Tensor matrix)
    {
        var isTall = matrix.Shape[0] > matrix.Shape[1];
        var x = isTall ? Tensor.Transpose(matrix) : matrix;
        var norm = (x * x).Sum();
        norm.SquareRootInPlace();
        norm.ScaleInPlace(1, LeastNorm);
        var inverse = Tensor.Zeros(x.Device, 1);
        inverse.ScaleInPlace(1, 1);
        inverse.DivideInPlace(norm);
        x *= inverse;
        for (var i = 0; i < Iterations; i++)
        {
            var square = Tensor.MatMul(x, Tensor.Transpose(x));
            x = (x * Linear) + Tensor.MatMul((square * Cubic) + (Tensor.MatMul(square, square) * Quintic), x);
        }
        return isTall ? Tensor.Transpose(x) : x;
    }
}
