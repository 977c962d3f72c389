using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>
/// Limits the length of an update: g ← g·min(1, θ / ‖g‖) over all gradients together, or each value by itself.
/// </summary>
public static class GradientClipping
{
    private static readonly Bounds<double> s_bounds = Within.Above(0, double.MaxValue);

    /// <summary>
    /// The Euclidean norm of all gradients as one vector; parameters without a gradient count as zero.
    /// </summary>
    /// <param name="parameters">The parameters.</param>
    public static double GlobalNorm(IReadOnlyList<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var squares = 0.0;
        for (var i = 0; i < parameters.Count; i++) // an enumerator would be allocated
        {
            if (parameters[i].Value.Gradient is { } gradient)
            {
                squares += gradient.SumOfSquares();
            }
        }
        return Math.Sqrt(squares);
    }

    /// <summary>Scales all gradients so that their global norm is at most <paramref name="maxNorm"/>.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="maxNorm">θ, above 0.</param>
    /// <returns>The norm before clipping.</returns>
    /// <exception cref="ArgumentOutOfRangeException">θ is not above 0.</exception>
    /// <example>
    /// <code>
    /// var norm = GradientClipping.ByGlobalNorm(trained.Model.Parameters, maxNorm: 1); // what it was before
    /// </code>
    /// </example>
    public static double ByGlobalNorm(IReadOnlyList<Parameter> parameters, double maxNorm)
    {
        s_bounds.Require(nameof(maxNorm), maxNorm);
        var norm = GlobalNorm(parameters);
        for (var i = 0; norm > maxNorm && i < parameters.Count; i++)
        {
            parameters[i].Value.Gradient?.ScaleInPlace((float)(maxNorm / norm));
        }
        return norm;
    }

    /// <summary>Computes the sums of squares of all gradients on their device.</summary>
    internal static void Compute(SquaredNorms norms, IReadOnlyList<Parameter> parameters)
    {
        for (var i = 0; i < parameters.Count; i++) // an enumerator would be allocated
        {
            norms.Compute(i, parameters[i].Value.Gradient);
        }
    }

    /// <summary>Scales all gradients so that their global norm is at most a bound; nothing is read back.</summary>
    /// <param name="norms">The sums of squares of the gradients as they are.</param>
    /// <param name="parameters">The parameters.</param>
    /// <param name="maxNorm">θ, above 0.</param>
    internal static void ByGlobalNorm(SquaredNorms norms, IReadOnlyList<Parameter> parameters, double maxNorm)
    {
        for (var i = 0; i < parameters.Count; i++) // an enumerator would be allocated
        {
            if (parameters[i].Value.Gradient is { } gradient)
            {
                norms.Shorten(gradient, maxNorm);
            }
        }
    }

    /// <summary>
    /// Brings each value of all gradients between −<paramref name="most"/> and <paramref name="most"/>.
    /// </summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="most">The largest magnitude, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not above 0.</exception>
    public static void ByValue(IReadOnlyList<Parameter> parameters, double most)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        s_bounds.Require(nameof(most), most);
        for (var i = 0; i < parameters.Count; i++) // an enumerator would be allocated
        {
            if (parameters[i].Value.Gradient is { } gradient)
            {
                gradient.ClampInPlace((float)most);
            }
        }
    }
}
