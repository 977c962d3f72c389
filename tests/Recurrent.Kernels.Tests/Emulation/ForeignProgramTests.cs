using System.Runtime.InteropServices;
using Recurrent.Emulation;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Tests.Emulation;

/// <summary>
/// Programs that a compiler wrote, so that our writer and the emulator cannot share an error: <c>Clang/*.cu</c> holds
/// their sources and how they were compiled.
/// </summary>
public sealed class ForeignProgramTests : IDisposable
{
    private readonly EmulatedCard _card = new(new() { Seed = 7 });

    public void Dispose() => _card.Dispose();

    [Fact]
    public void A_product_by_tiles_is_the_product()
    {
        const int n = 192;
        var (a, b) = (Values(n * n, 1), Values(n * n, 2));
        var c = _card.Allocate(n * n * 4);
        Launch("Product", 64, 8448, new(n / 64, n / 64), [Upload(a), Upload(b), (ulong)c, n]);
        var product = Download<float>(c, n * n);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var (sum, most) = (0.0, 0.0);
                for (var k = 0; k < n; k++)
                {
                    sum += (double)a[(i * n) + k] * b[(k * n) + j];
                    most += Math.Abs((double)a[(i * n) + k] * b[(k * n) + j]);
                }
                Assert.Equal(sum, product[(i * n) + j], most * n * 6e-8);
            }
        }
    }

    [Fact]
    public void A_step_of_an_LSTM_is_the_step()
    {
        const int batch = 7,
            hidden = 53,
            cells = batch * hidden;
        var (gates, old) = (Values(4 * cells, 3), Values(cells, 4));
        nint h = _card.Allocate(cells * 4),
            c = _card.Allocate(cells * 4);
        Launch("Lstm", 128, 0, 2, [Upload(gates), Upload(old), (ulong)h, (ulong)c, batch, hidden]);
        var (newH, newC) = (Download<float>(h, cells), Download<float>(c, cells));
        for (var cell = 0; cell < cells; cell++)
        {
            double Gate(int gate) => gates[(((cell / hidden * 4) + gate) * hidden) + (cell % hidden)];
            var state = (Sigmoid(Gate(1)) * old[cell]) + (Sigmoid(Gate(0)) * Math.Tanh(Gate(2)));
            Assert.Equal(state, newC[cell], 2e-6);
            Assert.Equal(Sigmoid(Gate(3)) * Math.Tanh(state), newH[cell], 2e-6);
        }

        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
    }

    [Fact]
    public void A_reduction_by_shuffles_is_the_sum_and_the_greatest()
    {
        const int n = 10_007,
            blocks = 5;
        var x = Values(n, 5);
        nint sums = _card.Allocate(blocks * 8),
            greatest = _card.Allocate(blocks * 4);
        Launch("Reduction", 256, 96, blocks, [Upload(x), (ulong)sums, (ulong)greatest, n]);
        Assert.Equal(x.Sum(value => (double)value), Download<double>(sums, blocks).Sum(), 1e-9);
        Assert.Equal(x.Max(), Download<float>(greatest, blocks).Max());
    }

    private static float[] Values(int count, ulong seed) =>
        [.. Emulated.Bits(count, seed).Select(bits => (int)(bits % 2001) * 0.001f - 1)];

    private ulong Upload(float[] values)
    {
        var address = _card.Allocate(values.Length * 4);
        _card.Upload(MemoryMarshal.AsBytes<float>(values), address);
        return (ulong)address;
    }

    private T[] Download<T>(nint address, int count)
        where T : unmanaged
    {
        var values = new T[count];
        _card.Download(address, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private void Launch(string name, int threads, int shared, GpuBlocks blocks, ulong[] arguments)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Emulation", "Clang", name + ".ptx");
        var program = new PtxProgram(name, File.ReadAllText(path), threads, shared, IsCooperative: false);
        _card.Launch(_card.Load(program), blocks, arguments, default);
    }
}
