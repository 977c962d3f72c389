using System.Text;
using Recurrent.Formats;

namespace Recurrent.Tests.Formats;

/// <summary>Vocabularies as other programs write them; those that are none are in WrongWeightsTests.</summary>
public sealed class VocabularyFileTests
{
    [Theory]
    [InlineData("""["a","b","c"]""")]
    [InlineData("""{"a":0,"b":1,"c":2}""")]
    [InlineData("""{"c":2,"a":0,"b":1}""")]
    [InlineData("""{"0":"a","2":"c","1":"b"}""")]
    [InlineData("""{"tokens":["a","b","c"]}""")]
    [InlineData("""{"itos":["a","b","c"],"stoi":{"a":0,"b":1,"c":2}}""")]
    [InlineData("""{"itos":{"0":"a","1":"b","2":"c"}}""")]
    [InlineData("""{"stoi":{"a":0,"b":1,"c":2},"size":3}""")]
    [InlineData("""{"vocab":{"a":0,"b":1,"c":2}}""")]
    [InlineData("""{"version":"1.0","model":{"type":"WordLevel","vocab":{"a":0,"b":1,"c":2},"unk_token":"[UNK]"}}""")]
    public void The_tokens_are_those_of_each_index(string json)
    {
        var (tokens, unknown, notes) = Read(json, 3);
        Assert.Equal(["<unk>", "a", "b", "c"], tokens);
        Assert.Equal((-1, 0), (unknown, notes.Count));
    }

    [Theory]
    [InlineData("""{"model":0,"a":1,"b":2}""", "model")] // tokens that are called as members are
    [InlineData("""{"vocab":0,"a":1,"b":2}""", "vocab")]
    public void A_token_may_be_called_as_a_member_is(string json, string token)
    {
        json = json.Replace("\"a\"", "\"tokenizer\"", StringComparison.Ordinal);
        var error = Assert.Throws<Recurrent.Formats.Safetensors.FormatError>(() => Read(json, 3));
        // It is read as a token, and is not a character.
        Assert.Contains($"its token \"{token}\" is one that the tokenizer characters never makes", error.Message);
    }

    [Theory]
    [InlineData("""["<pad>","<unk>","a"]""", 1, 0)]
    [InlineData("""["<pad>","[UNK]","a"]""", 1, 1)]
    [InlineData("""{"a":2,"<UNK>":1,"<pad>":0}""", 1, 1)]
    [InlineData("""["[UNK]","<unk>","<pad>"]""", 1, 0)]
    public void The_unknown_token_is_found_wherever_it_is(string json, int index, int taken)
    {
        var (tokens, unknown, notes) = Read(json, 3);
        Assert.Equal(("<unk>", index, 3), (tokens[0], unknown, tokens.Count));
        Assert.Equal(
            taken,
            notes.Count(note =>
                note.EndsWith("taken for the unknown one, which is <unk> here.", StringComparison.Ordinal)
            )
        );
    }

    [Fact]
    public void Tokens_that_no_text_gives_are_said()
    {
        Assert.Equal(
            [
                "No text gives the tokens \"<pad>\", \"[CLS]\", \"<s>\", \"</s>\", \"<|end|>\" and 1 more: "
                    + "the tokenizer characters does not make them.",
            ],
            Read("""["<pad>","[CLS]","<s>","</s>","<|end|>","<mask>","<","["]""", 8).Notes
        );
        Assert.Empty(Read("""{"tokens":["<pad>","the","\n"],"tokenizer":"words"}""", 3).Notes);
    }

    private static (IReadOnlyList<string> Tokens, int Unknown, List<string> Notes) Read(string json, int size)
    {
        List<string> notes = [];
        var (codec, unknown) = VocabularyFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(json)), size, notes.Add);
        return (codec.Vocabulary.Tokens, unknown, notes);
    }
}
