using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>Limits the length of a step: g ← g·min(1, θ / ‖g‖) over all gradients together, or each value by itself.</summary>
public static class GradientClipping
{
    /// <summary>The Euclidean norm of all gradients as one vector; parameters without a gradient count as zero.</summary>
    /// <param name="parameters">The parameters.</param>
    public static double GlobalNorm(IReadOnlyList<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var squares = 0.0;
        for (var i = 0; i < parameters.Count; i++) // an enumerator would be allocated
        {
            squares += parameters[i].Value.Gradient?.SumOfSquares() ?? 0;
        }
        return Math.Sqrt(squares);
    }

    /// <summary>Scales all gradients so that their global norm is at most <paramref name="maxNorm"/>.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="maxNorm">θ, above 0.</param>
    /// <returns>The norm before clipping.</returns>
    /// <exception cref="ArgumentOutOfRangeException">θ is not above 0.</exception>
    public static double ByGlobalNorm(IReadOnlyList<Parameter> parameters, double maxNorm)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxNorm);
        var norm = GlobalNorm(parameters);
        if (norm > maxNorm)
        {
            for (var i = 0; i < parameters.Count; i++) // an enumerator would be allocated
            {
                var parameter = parameters[i];
                if (parameter.Value.Gradient is { } gradient)
                {
                    gradient.ScaleInPlace((float)(maxNorm / norm));
                }
            }
        }
        return norm;
    }

    /// <summary>Brings each value of all gradients between −<paramref name="most"/> and <paramref name="most"/>.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="most">The largest magnitude, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not above 0.</exception>
    public static void ByValue(IReadOnlyList<Parameter> parameters, double most)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        for (var i = 0; i < parameters.Count; i++) // an enumerator would be allocated
        {
            if (parameters[i].Value.Gradient is { } gradient)
            {
                gradient.ClampInPlace((float)most);
            }
        }
    }
}
