using System.Text;
using Recurrent.Formats;
using Recurrent.Randomness;

namespace Recurrent.Tests.Formats;

/// <summary>Damaged files are imported or refused in one sentence, and nothing else.</summary>
public sealed class DamagedWeightsTests : IDisposable
{
    private const int Files = 500;
    private const long MostAllocated = 200_000; // bytes, for files of less than 4,000

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gru-deep.safetensors")]
    [InlineData("lstm-tied.safetensors")]
    [InlineData("lstm-shared.safetensors")]
    [InlineData("gru-half.pt")]
    [InlineData("lstm-one-storage.pt")]
    [InlineData("vocab.json")]
    public void A_damaged_file_is_imported_or_refused(string name)
    {
        var whole = File.ReadAllBytes(ExchangeCase.PathOf($"pytorch/{name}"));
        var (damaged, good) = (_folder["damaged"], name == "vocab.json" ? "rnn.safetensors" : "vocab.json");
        var other = ExchangeCase.PathOf($"pytorch/{good}");
        var (weights, vocabulary) = name == "vocab.json" ? (other, damaged) : (damaged, other);
        var imported = 0;
        for (var i = 0UL; i < Files; i++)
        {
            File.WriteAllBytes(damaged, Damage(whole, new RandomStream(9, i)));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var trained = TrainedModel.ImportPyTorch(weights, vocabulary);
                imported++;
                Assert.NotEmpty(TinyModel.Save(trained));
            }
            catch (ModelFileException error)
            {
                Assert.StartsWith($"Cannot read {damaged}: ", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(error.Message, char.IsControl);
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MostAllocated, $"File {i} took {allocated} bytes.");
        }
        Assert.InRange(imported, 1, Files - 1);
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
            case 2: // a digit that is another, anywhere
                var digits = Encoding.Latin1.GetString(file).Select((c, at) => (c, at));
                int[] places = [.. digits.Where(digit => char.IsAsciiDigit(digit.c)).Select(digit => digit.at)];
                if (places.Length > 0)
                {
                    file[places[Below(places.Length)]] = (byte)('0' + Below(10));
                }
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
