using System.Runtime.CompilerServices;
using Recurrent.Kernels;
using Recurrent.Randomness;

namespace Recurrent.Tensors;

// What is dropped at random while training.
public sealed partial class Tensor
{
    /// <summary>
    /// x / (1 − p), or 0 with probability p, element by element; dx = dy / (1 − p) where x was kept, else 0. The same
    /// stream drops the same elements.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="probability">p, 0 or more and below 1.</param>
    /// <param name="random">What decides; element i takes 32 of its bits, four elements to an index.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public static Tensor Dropout(Tensor x, double probability, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(x);
        var y = Result(x.Shape, x);
        var memory = y._memory as StrongBox<DropoutMask> ?? new StrongBox<DropoutMask>();
        memory.Value = new DropoutMask(random.Seed, random.Stream, probability);
        memory.Value.Apply(Team, x.Values, y.WritableSpan);
        y._memory = memory;
        return y.WithDerivative(
            static (y, dy) =>
            {
                var dx = Reuse(dy);
                ((StrongBox<DropoutMask>)y._memory!).Value.Apply(Team, dy.Values, dx.Values);
                y._operands[0].AddGradient(dx);
                dx.Release();
            }
        );
    }
}
