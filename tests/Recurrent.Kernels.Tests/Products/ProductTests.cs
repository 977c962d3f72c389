using Recurrent.Kernels.Products;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests.Products;

public sealed class ProductTests
{
    // (m, n, k): tiles' edges in every direction, empty sizes, more than one block of k or pass over B, enough work for
    // threads.
    private static readonly (int M, int N, int K)[] s_sizes =
    [
        (0, 3, 2),
        (1, 1, 1),
        (1, 28, 17),
        (1, 200, 300),
        (2, 130, 37),
        (4, 40, 12),
        (2, 3, 0),
        (3, 33, 5),
        (5, 31, 4),
        (6, 32, 8),
        (7, 65, 9),
        (8, 33, 260),
        (11, 16, 257),
        (13, 8, 511),
        (12, 64, 300),
        (15, 40, 6),
        (32, 28, 100),
        (50, 130, 70),
        (65, 63, 520),
        (50, 64, 520),
        (131, 40, 6),
    ];

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Every_element_is_one_chain_of_fused_multiply_adds(string name)
    {
        var tier = VectorTier.Named(name);
        foreach (var threads in (int[])[1, 2, 5])
        {
            var team = new WorkerTeam(threads);
            foreach (var (m, n, k) in s_sizes)
            {
                foreach (var flags in Enumerable.Range(0, 8))
                {
                    var (ta, tb, add) = ((flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0);
                    var a = Tiers.Values(m * k, 1);
                    var b = Tiers.Values(k * n, 2);
                    var c = Tiers.Values(m * n, 3);
                    var expected = Chains(a, ta, b, tb, c, m, n, k, add);
                    Assert.Equal(expected, Product(tier, team, a, ta, b, tb, c, m, n, k, add));
                    if (!tb && n == Pack.Step(n))
                    {
                        Assert.Equal(expected, Product(tier, team, a, ta, b, tb, c, m, n, k, add, isPlain: true));
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void A_right_side_larger_than_the_caches_gives_the_same_chains(string name)
    {
        const int m = 9;
        const int n = 65;
        const int k = (1 << 15) + 1;
        var (a, b) = (Tiers.Values(m * k, 1), Tiers.Values(k * n, 2));
        var c = new float[m * n];
        var expected = Chains(a, false, b, false, c, m, n, k, add: false);
        var tier = VectorTier.Named(name);
        Assert.Equal(expected, Product(tier, new WorkerTeam(1), a, false, b, false, c, m, n, k, add: false));
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Sums_gathered_along_k_equal_sums_one_by_one(string name)
    {
        const int m = 19;
        const int n = 37;
        const int rows = 5;
        var tier = VectorTier.Named(name);
        var team = new WorkerTeam(2);
        var a = Tiers.Values(3 * rows * m, 4);
        var b = Tiers.Values(3 * rows * n, 5);
        var zeros = new float[m * n];
        var atOnce = Product(tier, team, a, true, b, false, zeros, m, n, 3 * rows, false);
        var oneByOne = zeros;
        for (var part = 0; part < 3; part++)
        {
            var (aPart, bPart) = (a[(part * rows * m)..][..(rows * m)], b[(part * rows * n)..][..(rows * n)]);
            oneByOne = Product(tier, team, aPart, true, bPart, false, oneByOne, m, n, rows, part > 0);
        }
        Assert.Equal(atOnce, oneByOne);
    }

    private static float[] Product(
        VectorTier tier,
        WorkerTeam team,
        float[] a,
        bool transposedA,
        float[] b,
        bool transposedB,
        float[] c,
        int m,
        int n,
        int k,
        bool add,
        bool isPlain = false
    )
    {
        var packed = Host.Unwritten(Pack.Length(k, n));
        var pack = new Pack(Host.Of(b), transposedB, k, n, packed);
        tier.Run(pack, team);
        var product = new MatrixProduct
        {
            A = Host.Of(a),
            TransposedA = transposedA,
            B = isPlain ? Host.Of(b) : packed,
            PlainB = isPlain,
            C = Host.Of(c),
            Rows = m,
            Columns = n,
            Depth = k,
            Accumulate = add,
        };
        tier.Run(product, team);
        return product.C.ToArray();
    }

    private static float[] Chains(
        float[] a,
        bool transposedA,
        float[] b,
        bool transposedB,
        float[] c,
        int m,
        int n,
        int k,
        bool add
    )
    {
        var result = new float[m * n];
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var sum = add ? c[(i * n) + j] : 0f;
                for (var p = 0; p < k; p++)
                {
                    var x = transposedA ? a[(p * m) + i] : a[(i * k) + p];
                    var y = transposedB ? b[(j * k) + p] : b[(p * n) + j];
                    sum = MathF.FusedMultiplyAdd(x, y, sum);
                }
                result[(i * n) + j] = sum;
            }
        }
        return result;
    }
}
