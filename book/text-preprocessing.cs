#:project Recurrent.Book/Recurrent.Book.csproj

// Text preprocessing (Dive into Deep Learning, 8.2): from a file of characters to a list of integers.
//
//   dotnet run book/text-preprocessing.cs

using Recurrent.Book;
using Recurrent.Text;

var chapter = Chapter.Open(args);
var text = chapter.ReadText();

// A novel is too rich for the small models of these chapters. So each line is cut down to its letters: everything
// else becomes a space, and capitals become small letters.
Chapter.Section("Reading the text");

#region Reading the text
var normalizer = new Normalizer(Normalization.Letters);
string[] rawLines = text.Content.TrimEnd().Split('\n');
string[] lines = [.. rawLines.Select(line => string.Concat(normalizer.Normalize(line)))];

Console.WriteLine($"lines: {lines.Length}");
Console.WriteLine($"line 0: {lines[0]}");
Console.WriteLine($"line 10: {lines[10]}");
#endregion

// A model reads tokens. What a token is, is ours to choose: words carry meaning and are many, characters carry little
// and are few.
Chapter.Section("Tokenization");

#region Tokenization
string[][] words = [.. lines.Select(line => Tokenizer.Words.Tokenize(line).ToArray())];
string[][] characters = [.. lines.Select(line => Tokenizer.Characters.Tokenize(line).ToArray())];

foreach (var line in words.Take(11))
{
    Console.WriteLine($"[{string.Join(", ", line)}]");
}
Console.WriteLine($"line 0 by character: [{string.Join(", ", characters[0].Take(12))}, …]");
#endregion

// Models calculate, and one cannot calculate with words. The vocabulary gives each distinct token an index: the
// commoner the token, the smaller. Index 0 stands for every token that the vocabulary does not know.
Chapter.Section("Vocabulary");

#region Vocabulary
var vocabulary = Vocabulary.Build(words.SelectMany(line => line));

Console.WriteLine($"{vocabulary.Count} entries; index 0 is {vocabulary[0]}; the ten commonest words are");
for (var index = 1; index <= 10; index++)
{
    Console.WriteLine($"  {index, 2}  {vocabulary[index], -5} {vocabulary.Frequencies[index], 6:N0} times");
}
#endregion

// With it each line becomes a list of indices. No word is lost: the indices lead back to the line.
Chapter.Section("Indices of lines");

#region Indices of lines
foreach (var number in new[] { 0, 10 })
{
    int[] indices = vocabulary.Encode(words[number]);
    Console.WriteLine($"words:   {string.Join(' ', words[number])}");
    Console.WriteLine($"indices: {string.Join(' ', indices)}");
    Console.WriteLine($"back:    {string.Join(' ', vocabulary.Decode(indices))}");
}
#endregion

// The later chapters predict characters, which keeps the vocabulary small: 26 letters, the space and the unknown. All
// the steps above in one call are a Corpus; it does not care for lines, so the whole text is one list.
Chapter.Section("All in one: the corpus");

#region The corpus
var corpus = Corpus.FromText(text.Content, CorpusOptions.Book);

Console.WriteLine($"{corpus.Tokens.Length:N0} tokens, {corpus.Vocabulary.Count} entries");
Console.WriteLine($"the first ten: {string.Join(' ', corpus.Tokens[..10].ToArray())}");
Console.WriteLine($"read back: {corpus.Codec.Decode(corpus.Tokens.Span[..29])}");
#endregion
