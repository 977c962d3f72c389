using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels;

/// <summary>A vector width that kernels run at. It decides the speed, never a bit of a result.</summary>
internal sealed class VectorTier
{
    private static readonly VectorTier s_512 = Of<Float512>();
    private static readonly VectorTier s_256 = Of<Float256>();
    private static readonly VectorTier s_128 = Of<Float128>();
    private static readonly VectorTier s_scalar = Of<FloatScalar>();

    private VectorTier(string name, int width, bool isAccelerated) =>
        (Name, Width, IsAccelerated) = (name, width, isAccelerated);

    /// <summary>Every tier, widest first.</summary>
    public static IReadOnlyList<VectorTier> All { get; } = [s_512, s_256, s_128, s_scalar];

    /// <summary>The fastest tier on this processor: the widest that it runs in hardware.</summary>
    public static VectorTier Best { get; } = All.First(tier => tier.IsAccelerated);

    /// <summary>The tier's name: 512, 256, 128 or scalar.</summary>
    public string Name { get; }

    /// <summary>Float32 values in a vector.</summary>
    public int Width { get; }

    /// <summary>Whether the processor runs this tier in hardware. The others still work, slowly.</summary>
    public bool IsAccelerated { get; }

    /// <summary>Finds a tier by its name.</summary>
    /// <param name="name">512, 256, 128 or scalar.</param>
    /// <exception cref="ArgumentException">There is no tier of that name.</exception>
    public static VectorTier Named(string name) =>
        All.FirstOrDefault(tier => tier.Name == name)
        ?? throw new ArgumentException(
            $"There is no vector tier '{name}'; choose one of {string.Join(", ", All.Select(tier => tier.Name))}.",
            nameof(name)
        );

    /// <summary>Runs a kernel at this width and returns when it is done.</summary>
    /// <param name="kernel">The kernel with its operands.</param>
    /// <param name="team">The threads to use.</param>
    // Not inlined, so that the caller keeps the kernel's operands in its frame, and with them their memory alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Run<TKernel>(in TKernel kernel, WorkerTeam team)
        where TKernel : struct, IKernel
    {
        ref var shared = ref Unsafe.AsRef(in kernel); // a call on a read-only reference would copy all operands
        // Compiled ahead of time for a processor without these vectors, a program has no code for them.
        if ((RuntimeFeature.IsDynamicCodeSupported || Float512.IsAccelerated) && this == s_512)
        {
            shared.Run<Float512>(team);
        }
        else if (this == s_256)
        {
            shared.Run<Float256>(team);
        }
        else if (this == s_128)
        {
            shared.Run<Float128>(team);
        }
        else
        {
            shared.Run<FloatScalar>(team);
        }
    }

    private static VectorTier Of<V>()
        where V : unmanaged, IVector<V> => new(V.Name, V.Width, V.IsAccelerated);
}
