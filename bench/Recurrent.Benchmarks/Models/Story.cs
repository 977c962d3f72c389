using Recurrent.Datasets;
using Recurrent.Text;

namespace Recurrent.Benchmarks.Models;

/// <summary>The story that comes with the library: 10,000 characters, 28 vocabulary entries.</summary>
internal static class Story
{
    public static Corpus Corpus { get; } =
        Text.Corpus.FromBytes(
            Dataset.Story.ReadAsync().GetAwaiter().GetResult(),
            Dataset.Story.Name,
            CorpusOptions.Book
        );
}
