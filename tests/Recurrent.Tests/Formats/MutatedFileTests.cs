using Recurrent.Formats;
using Recurrent.Randomness;

namespace Recurrent.Tests.Formats;

/// <summary>
/// Thousands of damaged files: each is a model that can be used, or refused, and neither takes much memory.
/// </summary>
public sealed class MutatedFileTests
{
    private const int Files = 3000;
    private const long MostAllocated = 100_000; // bytes, for files of about 1,000

    [Fact]
    public void A_damaged_file_is_read_or_refused()
    {
        var tiny = TinyModel.Save(TinyModel.Create());
        var other = RawSafetensors.WithMember("model", "hiddenSize", "3");
        var (read, refused) = (0, 0);
        for (var i = 0UL; i < Files; i++)
        {
            var file = Mutation.Of(tiny, other, new RandomStream(7, i));
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
    public void A_configuration_that_lies_allocates_nothing(string section, string member, string json)
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
    public void A_header_of_a_million_bytes_takes_a_few_times_its_size(string begin, string middle, string end)
    {
        const int Length = 1_000_000;
        var header = begin + string.Concat(Enumerable.Repeat(middle, Length / middle.Length)) + end;
        var file = RawSafetensors.Join(header.Replace('\'', '"'));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<ModelFileException>(() => TinyModel.Load(file));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 30 * Length);
    }
}
