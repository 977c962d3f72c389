using Recurrent.Models.Counts;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

/// <summary>
/// A text of a million characters: what nanoGPT and char-rnn report of it, and that its size is no trouble.
/// </summary>
public sealed class TinyShakespeareTests
{
    [Fact]
    public void Has_1_115_394_characters_65_of_them_distinct()
    {
        var options = new CorpusOptions { Normalization = Normalization.None };
        var corpus = Corpus.FromFile(
            SharedData.TinyShakespeare,
            options,
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal(1_115_394, corpus.Tokens.Length);
        Assert.Equal(65 + 1, corpus.Vocabulary.Count);
        Assert.Equal(1_115_394 - 2, NGrams.Count(corpus.Tokens, 3).RankFrequency.Sum());
    }
}
