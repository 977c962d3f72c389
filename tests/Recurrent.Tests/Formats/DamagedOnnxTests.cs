using Recurrent.Formats;
using Recurrent.Randomness;
using Recurrent.Tests.Formats.Onnx;

namespace Recurrent.Tests.Formats;

/// <summary>Damaged ONNX files, and files of random bytes, are imported or refused in one sentence.</summary>
public sealed class DamagedOnnxTests : IDisposable
{
    private const int Files = 600;
    private const long MostAllocated = 2_000_000; // bytes, for files of less than 20,000

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("onnx/gru-11.onnx")]
    [InlineData("onnx/lstm-10.onnx")]
    [InlineData("onnx/rnn-7.onnx")]
    [InlineData("onnx/tied-17.onnx")]
    [InlineData("lstm-all.onnx")]
    public void A_damaged_file_is_imported_or_refused(string name)
    {
        var whole = File.ReadAllBytes(ExchangeCase.PathOf(name));
        var (imported, refused) = Import(i => Damage(whole, new RandomStream(5, i)));
        Assert.InRange(imported, 1, Files - 1);
        Assert.InRange(refused, 1, Files - 1);
    }

    [Fact]
    public void Random_bytes_are_refused()
    {
        var (imported, _) = Import(i =>
        {
            var random = new RandomStream(6, i);
            return [.. Enumerable.Range(0, random.Below(200, 0)).Select(at => (byte)random.Below(256, (ulong)at + 1))];
        });
        Assert.Equal(0, imported);
    }

    /// <summary>Constants that double with each operator would fill any memory.</summary>
    [Theory]
    [InlineData("Concat")]
    [InlineData("ConstantOfShape")]
    public void A_small_file_takes_little_memory(string operation)
    {
        var graph = new OnnxBuilder();
        var x = graph.Constant(new float[100], [100]);
        for (var i = 0; i < 40 && operation == "Concat"; i++)
        {
            x = graph.Node("Concat", [x, x], ("axis", 0));
        }
        x = operation == "Concat" ? x : graph.Node("ConstantOfShape", [graph.Constant(1 << 20, 1 << 10)]);
        graph.Output(x, 1);
        var (imported, _) = Import(_ => graph.ToBytes(17), files: 3);
        Assert.Equal(0, imported);
    }

    private (int Imported, int Refused) Import(Func<ulong, byte[]> file, int files = Files)
    {
        var path = _folder["damaged.onnx"];
        File.WriteAllText(_folder["vocab.json"], """{"tokens":["a","b","c","d","e"]}""");
        var (imported, refused) = (0, 0);
        for (var i = 0UL; i < (ulong)files; i++)
        {
            File.WriteAllBytes(path, file(i));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var trained = TrainedModel.ImportOnnx(path, _folder["vocab.json"]);
                imported++;
                Assert.NotEmpty(TinyModel.Save(trained));
            }
            catch (ModelFileException error)
            {
                refused++;
                Assert.StartsWith("Cannot read ", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(error.Message, char.IsControl);
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MostAllocated || i == 0, $"File {i} took {allocated} bytes.");
        }
        return (imported, refused);
    }

    private static byte[] Damage(byte[] whole, RandomStream random)
    {
        var drawn = 0UL;
        int Below(int bound) => random.Below(bound, drawn++);

        var file = whole.ToArray();
        switch (Below(4))
        {
            case 0: // an end too soon
                return file[..Below(file.Length)];
            case 1: // a piece somewhere else
                var (from, to) = (Below(file.Length), Below(file.Length));
                return [.. file[..to], .. file[from..].Take(20), .. file[to..]];
            case 2: // a small number that is another
                var at = Below(file.Length);
                file[at] = (byte)Below(16);
                return file;
            default: // some bits
                for (var flips = 1 + Below(3); flips > 0; flips--)
                {
                    file[Below(file.Length)] ^= (byte)(1 << Below(8));
                }
                return file;
        }
    }
}
