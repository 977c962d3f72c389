using System.Buffers.Binary;
using System.Text;
using Recurrent.Models;
using Recurrent.Randomness;

namespace Recurrent.Tests.Models.Storage;

/// <summary>Thousands of damaged files: each is a model that can be used, or refused, and neither takes much memory.</summary>
public sealed class MutatedFileTests
{
    private const int Files = 3000;
    private const long MostAllocated = 100_000; // bytes, for files of about 1,000

    private static readonly string[] Numbers =
    [
        "0",
        "-1",
        "3",
        "1e9",
        "0.5",
        "16384",
        "2147483647",
        "2147483648",
        "9223372036854775807",
        "18446744073709551616",
        "99999999999999999999999999999999",
        "1e999",
    ];

    private static readonly string[] Texts =
    [
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "\\uD800",
        "\0",
        "é",
    ];

    [Fact]
    public void ADamagedFileIsReadOrRefused()
    {
        var tiny = TinyModel.Save(TinyModel.Create());
        var (read, refused) = (0, 0);
        for (var i = 0UL; i < Files; i++)
        {
            var file = Mutate(tiny, new RandomStream(7, i));
            using var stream = new MemoryStream(file, writable: false);
            var before = GC.GetAllocatedBytesForCurrentThread();
            TrainedModel? trained = null;
            try
            {
                trained = TrainedModel.Load(stream);
            }
            catch (ModelFileException error)
            {
                Assert.StartsWith("Cannot read the stream: ", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(error.Message, char.IsControl);
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            Assert.True(allocated < MostAllocated, $"File {i} took {allocated} bytes.");
            if (trained is null)
            {
                refused++;
                continue;
            }
            read++;
            var saved = TinyModel.Save(trained);
            Assert.Equal(saved, TinyModel.Save(TinyModel.Load(saved)));
        }

        // Bits of the weights, letters of the vocabulary and digits of the summary may be others; all else is noticed.
        Assert.InRange(read, Files / 10, Files / 3);
        Assert.Equal(Files, read + refused);
    }

    [Theory]
    [InlineData("model", "hiddenSize", "16384")]
    [InlineData("model", "vocabularySize", "100000000")]
    [InlineData("model", "vocabularySize", "2147483647")]
    public void AConfigurationThatLiesAllocatesNothing(string section, string member, string json)
    {
        var file = RawSafetensors.WithMember(section, member, json);
        Assert.Throws<ModelFileException>(() => TinyModel.Load(file)); // what is only done once
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<ModelFileException>(() => TinyModel.Load(file));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Theory]
    [InlineData("{'a':[", "0,", "0]}")]
    [InlineData("{'a':[", "[],", "[]]}")]
    [InlineData("{'a':[", "{},", "{}]}")]
    [InlineData("{'a':[", "[", "")]
    [InlineData("{'a':'", "a", "'}")]
    [InlineData("{'a':'", @"\u0061", "'}")]
    [InlineData("{'__metadata__':{'format':'recurrent','version':'1','model':'[", "0,", "'}}")]
    [InlineData("{'__metadata__':{'format':'recurrent','version':'1','model':'{}'},'", "a", "':{}}")]
    [InlineData("{'__metadata__':{'format':'recurrent','version':'1','model':'", @"\u0061", "'}}")]
    public void AHeaderOfAMillionBytesTakesAFewTimesItsSize(string begin, string middle, string end)
    {
        const int Length = 1_000_000;
        var header = begin + string.Concat(Enumerable.Repeat(middle, Length / middle.Length)) + end;
        var file = RawSafetensors.Join(header.Replace('\'', '"'));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<ModelFileException>(() => TinyModel.Load(file));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 30 * Length);
    }

    private static byte[] Mutate(byte[] file, RandomStream random)
    {
        var drawn = 0UL;
        int Below(int bound) => random.Below(bound, drawn++);

        var headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        var header = file[8..(8 + headerLength)];
        var data = file[(8 + headerLength)..];
        var mutated = file.ToArray();
        switch (Below(8))
        {
            case 0: // some bits anywhere
                for (var flips = 1 + Below(8); flips > 0; flips--)
                {
                    mutated[Below(mutated.Length)] ^= (byte)(1 << Below(8));
                }
                return mutated;
            case 1: // a bit of the weights
                mutated[^(1 + Below(data.Length))] ^= (byte)(1 << Below(8));
                return mutated;
            case 2: // an end too soon
                return file[..Below(file.Length)];
            case 3: // another header length
                BinaryPrimitives.WriteUInt64LittleEndian(
                    mutated,
                    Below(2) == 0 ? (ulong)Below(2 * file.Length) : (ulong)random.UInt32(drawn++) << Below(33)
                );
                return mutated;
            case 4: // a number that is another
            {
                var text = Encoding.UTF8.GetString(header);
                var digits = Enumerable
                    .Range(0, text.Length)
                    .Where(at => char.IsAsciiDigit(text[at]))
                    .ToArray();
                var first = digits[Below(digits.Length)];
                var past = first;
                while (char.IsAsciiDigit(text[past]))
                {
                    past++;
                }
                return RawSafetensors.Join(
                    text[..first] + Numbers[Below(Numbers.Length)] + text[past..],
                    data
                );
            }
            case 5: // a header with something more or less
            {
                var at = Below(header.Length);
                var cut = Below(2) == 0 ? 0 : Below(Math.Min(20, header.Length - at));
                var added = Encoding.UTF8.GetBytes(Texts[Below(Texts.Length)]);
                return RawSafetensors.Join([.. header[..at], .. added, .. header[(at + cut)..]], data);
            }
            case 6: // a piece of the header in another place
            {
                var (from, length, to) = (Below(header.Length), Below(60), Below(header.Length));
                var piece = header.Skip(from).Take(length);
                return RawSafetensors.Join([.. header[..to], .. piece, .. header[to..]], data);
            }
            default: // bytes too many
                return [.. file, .. file[..(1 + Below(file.Length))]];
        }
    }
}
