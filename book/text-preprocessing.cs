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
var normalizer = new Normalizer(text.Options.Normalization);
string[] rawLines = text.Content.TrimEnd().Split('\n');
string[] lines = [.. rawLines.Select(line => string.Concat(normalizer.Normalize(line)))];

Console.WriteLine($"lines: {lines.Length}");
int[] shown = [0, Math.Min(10, lines.Length - 1)];
foreach (var number in shown)
{
    Console.WriteLine($"line {number}: {lines[number]}");
}
#endregion

// A model reads tokens. What a token is, is ours to choose: words carry meaning and are many, characters carry little
// and are few.
Chapter.Section("Tokenization");

#region Tokenization
string[][] words = [.. lines.Select(line => text.Words.Tokenize(line).ToArray())];
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
for (var index = 1; index <= Math.Min(10, vocabulary.Count - 1); index++)
{
    Console.WriteLine($"  {index, 2}  {vocabulary[index], -5} {vocabulary.Frequencies[index], 6:N0} times");
}
#endregion

// The counts behind it, as pairs: all distinct words, the commonest first.
Chapter.Section("Token frequencies");

#region Token frequencies
(string Token, int Count)[] frequencies =
[
    .. words
        .SelectMany(line => line)
        .CountBy(word => word)
        .OrderByDescending(pair => pair.Value)
        .Select(pair => (pair.Key, pair.Value)),
];

Console.WriteLine($"{frequencies.Length} pairs: {string.Join(' ', frequencies.Take(6))} …");
Console.WriteLine($"the last of them: {string.Join(' ', frequencies.TakeLast(4))}");
#endregion

// A word that occurs once or twice teaches a model nothing, and costs an entry. With a minimum frequency the rare ones
// become <unk>. And some entries are not words of the text at all: they are reserved for marks of our own.
Chapter.Section("Rare words and reserved tokens");

#region Rare words and reserved tokens
const int MinFrequency = 5;
var small = Vocabulary.Build(
    words.SelectMany(line => line),
    MinFrequency,
    reservedTokens: [Vocabulary.PaddingToken, Vocabulary.BeginningToken, Vocabulary.EndToken]
);
Console.WriteLine($"{small.Count} entries: {string.Join(' ', small.Tokens.Take(8))} …");

var dropped = frequencies.Where(pair => pair.Count < MinFrequency).ToArray();
Console.WriteLine(
    $"{dropped.Length} words are dropped: {string.Join(' ', dropped.Take(2))} … "
        + $"{string.Join(' ', dropped.TakeLast(1))}; "
        + $"together {dropped.Sum(pair => pair.Count)} times, which {small[0]} counts: {small.Frequencies[0]}"
);

// A line with marks: its beginning, its end, and padding up to 14 tokens.
string[] some = [.. words[shown[1]].Take(12)];
string[] marked =
[
    Vocabulary.BeginningToken,
    .. some,
    Vocabulary.EndToken,
    .. Enumerable.Repeat(Vocabulary.PaddingToken, 12 - some.Length),
];
Console.WriteLine($"indices: {string.Join(' ', small.Encode(marked))}");
Console.WriteLine($"back:    {string.Join(' ', small.Decode(small.Encode(marked)))}");
#endregion

// With it each line becomes a list of indices. No word is lost: the indices lead back to the line.
Chapter.Section("Indices of lines");

#region Indices of lines
foreach (var number in shown)
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
var corpus = Corpus.FromText(text.Content, text.Options);

Console.WriteLine($"{corpus.Tokens.Length:N0} tokens, {corpus.Vocabulary.Count} entries");
Console.WriteLine($"the first ten: {string.Join(' ', corpus.Tokens[..10].ToArray())}");
Console.WriteLine($"read back: {corpus.Codec.Decode(corpus.Tokens.Span[..29])}");
#endregion

// Exercises: what a minimum frequency costs and saves, and other ways to make tokens of the same text.
Chapter.Section("Minimum frequency");

#region Minimum frequency
var all = frequencies.Sum(pair => pair.Count);
foreach (var least in new[] { 1, 2, 3, 5, 10, 100 })
{
    var kept = Vocabulary.Build(words.SelectMany(line => line), least);
    Console.WriteLine(
        $"at least {least, 3} times: {kept.Count, 5:N0} entries, "
            + $"{kept.Frequencies[0] / (double)all, 5:P1} of the text <unk>"
    );
}
#endregion

Chapter.Section("Other tokens");

#region Other tokens
const int Merges = 200;
var bytes = Corpus.FromText(text.Content, new CorpusOptions { Tokenizer = Tokenizer.Bytes });
var everything = Corpus.FromText(text.Content); // every character, capitals and commas too
Console.WriteLine($"letters and spaces:  {corpus.Tokens.Length, 7:N0} tokens, {corpus.Vocabulary.Count, 5:N0} entries");
Console.WriteLine($"bytes:               {bytes.Tokens.Length, 7:N0} tokens, {bytes.Vocabulary.Count, 5:N0} entries");
Console.WriteLine(
    $"all characters:      {everything.Tokens.Length, 7:N0} tokens, {everything.Vocabulary.Count, 5:N0} entries"
);
var pieces = frequencies.ToDictionary(pair => pair.Token, pair => pair.Token.Select(letter => $"{letter}").ToArray());
List<string> merged = [];
for (var merge = 0; merge < Merges; merge++)
{
    // Byte-pair encoding: make one piece of the two that most often stand side by side in a word.
    var pairs = frequencies
        .SelectMany(pair => pieces[pair.Token].Zip(pieces[pair.Token].Skip(1), (a, b) => (Two: (a, b), pair.Count)))
        .AggregateBy(each => each.Two, 0, (sum, each) => sum + each.Count)
        .ToArray();
    if (pairs.Length == 0)
    {
        break; // every word is one piece
    }
    var (first, second) = pairs.MaxBy(pair => pair.Value).Key;
    merged.Add(first + second);
    foreach (var (word, parts) in pieces.Where(entry => entry.Value.Contains(first)).ToArray())
    {
        pieces[word] = Join(parts, first, second);
    }
}
Console.WriteLine(
    $"pieces of words:     {frequencies.Sum(pair => pair.Count * pieces[pair.Token].Length), 7:N0} tokens, "
        + $"{pieces.Values.SelectMany(parts => parts).Distinct().Count(), 5:N0} entries"
);
Console.WriteLine($"words:               {all, 7:N0} tokens, {vocabulary.Count, 5:N0} entries");
Console.WriteLine($"the first pieces joined: {string.Join(' ', merged.Take(12))}");
Console.WriteLine(
    $"line {shown[1]}: {string.Join(" ", words[shown[1]].Select(word => string.Join('·', pieces[word])))}"
);

static string[] Join(string[] parts, string first, string second)
{
    List<string> joined = [];
    foreach (var part in parts)
    {
        if (part == second && joined is [.., var last] && last == first)
        {
            joined[^1] = first + second;
        }
        else
        {
            joined.Add(part);
        }
    }
    return [.. joined];
}
#endregion
