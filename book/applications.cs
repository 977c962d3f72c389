#:project Recurrent.Book/Recurrent.Book.csproj

// Applications of recurrent networks: one to many (a name for a language), many to one (the language of a name), many
// to many in step (capitals and full stops), and many to many (dates, by an encoder and a decoder). All data is made
// here.
//
//   dotnet run book/applications.cs

using Recurrent.Book;
using Recurrent.Layers;
using Recurrent.Optimizing;
using Recurrent.Pictures;
using Recurrent.Randomness;
using Recurrent.Tensors;

var chapter = Chapter.Open(args);

// What the four parts share: how to draw at random, how to train, and how to say how sure an accuracy is.
#region Shared
const int Batch = 64;
var drawn = 0ul;
int Draw(int bound) => new RandomStream(1, 100).Below(bound, drawn++);
T Choose<T>(params ReadOnlySpan<T> from) => from[Draw(from.Length)];
RandomStream Weights(ulong layer) => RandomStream.Parameters(seed: 1).Fork(layer);

void Train(ILayer[] layers, int updates, int examples, Func<int[], Tensor> lossOf)
{
    Parameter[] parameters = [.. layers.SelectMany(layer => layer.Parameters)];
    var (optimizer, random) = (new Adam(parameters), RandomStream.Batching(seed: 1));
    updates = chapter.Quick ? 4 : updates;
    using var pool = new TensorPool();
    for (var update = 0; update < updates; update++)
    {
        using var scope = pool.OpenScope();
        int[] batch = [.. Enumerable.Range(0, Batch).Select(i => random.Below(examples, (ulong)(update * Batch + i)))];
        var loss = lossOf(batch);
        foreach (var parameter in parameters)
        {
            parameter.Value.ClearGradient();
        }
        loss.Backward();
        GradientClipping.ByGlobalNorm(parameters, maxNorm: 1);
        optimizer.Update(learningRate: 0.005 * (updates - update) / updates);
        if ((update + 1) % (updates / 4) == 0)
        {
            Console.WriteLine($"update {update + 1, 4}  loss {loss.ToScalar():F4}");
        }
    }
}

// The mean of independent shares with the half of its 95% confidence interval.
static string Percent(IEnumerable<double> shares)
{
    double[] all = [.. shares];
    var mean = all.Average();
    var variance = all.Sum(share => (share - mean) * (share - mean)) / (all.Length - 1);
    return $"{100 * mean, 5:F1}% ± {196 * Math.Sqrt(variance / all.Length):F1}";
}

// Texts as time-major indices (steps, batch), filled up to the longest with the alphabet's first sign.
static Indices Read(string alphabet, IReadOnlyList<string> texts)
{
    var steps = texts.Max(text => text.Length);
    int[] tokens =
    [
        .. texts.SelectMany(text => text.PadRight(steps, alphabet[0]).Select(sign => alphabet.IndexOf(sign))),
    ];
    return Indices.Transposed(Device.Default, tokens, texts.Count, steps);
}

// Of the states after each step (steps, batch, hidden) those after the last sign of each text (batch, hidden): what
// fills up a text changes nothing.
static Tensor Last(Tensor states, IReadOnlyList<string> texts) =>
    Tensor.Lookup(
        states.Reshape(-1, states.Shape[2]),
        [.. texts.Select((text, i) => ((text.Length - 1) * texts.Count) + i)]
    );

static double[] Softmax(ReadOnlySpan<float> logits)
{
    double[] powers = new double[logits.Length];
    for (var i = 0; i < powers.Length; i++)
    {
        powers[i] = Math.Exp(logits[i]);
    }
    var sum = powers.Sum();
    return [.. powers.Select(power => power / sum)];
}
#endregion

// The sixteen units that move most, by step: states (steps, 1, hidden).
void ShowStates(string name, string title, string[] steps, Tensor states)
{
    var (hidden, values) = (states.Shape[2], states.ToArray());
    double[] Unit(int unit) => [.. steps.Select((_, t) => (double)values[(t * hidden) + unit])];
    int[] units =
    [
        .. Enumerable.Range(0, hidden).OrderByDescending(unit => Unit(unit).Max() - Unit(unit).Min()).Take(16).Order(),
    ];
    double[][] cells = [.. steps.Select((_, t) => units.Select(unit => Unit(unit)[t]).ToArray())];
    string[] names = [.. units.Select(unit => $"{unit}")];
    chapter.Show(name, new HeatMap(title, steps, names, cells, "state") { ColumnTitle = "hidden unit" });
}

// The four shapes: which steps read and which write.
List<DiagramNode> nodes = [];
List<DiagramArrow> arrows = [];
void AddShape(string name, int column, int row, int steps, Predicate<int> reads, Predicate<int> writes)
{
    for (var t = 0; t < steps; t++)
    {
        nodes.Add(new($"{name} h{t}", column + t, row + 1, $"h_{{{t + 1}}}") { Shape = NodeShape.Circle, Colour = 0 });
        if (t > 0)
        {
            arrows.Add(new($"{name} h{t - 1}", $"{name} h{t}"));
        }
        if (reads(t))
        {
            nodes.Add(new($"{name} x{t}", column + t, row + 2, "x") { Shape = NodeShape.Circle });
            arrows.Add(new($"{name} x{t}", $"{name} h{t}"));
        }
        if (writes(t))
        {
            nodes.Add(new($"{name} y{t}", column + t, row, "y") { Shape = NodeShape.Circle, Colour = 1 });
            arrows.Add(new($"{name} h{t}", $"{name} y{t}"));
        }
    }
}
AddShape("one to many", 0, 0, 3, t => t == 0, _ => true);
AddShape("many to one", 3, 0, 3, _ => true, t => t == 2);
AddShape("in step", 6, 0, 3, _ => true, _ => true);
AddShape("many to many", 2, 3, 5, t => t < 3, t => t >= 3);
chapter.Show(
    "applications",
    new Diagram("Four shapes of recurrent networks", nodes, arrows)
    {
        Frames =
        [
            new("one to many", 0, 0, 2, 2),
            new("many to one", 3, 0, 5, 2),
            new("many to many, in step", 6, 0, 8, 2),
            new("encoder", 2, 4, 4, 5),
            new("decoder", 5, 3, 6, 4),
        ],
    }
);

// Names of three languages that live here alone. In that of the hills all vowels of a name but e and i are of one kind,
// as in Finnish: a, o, u or ä, ö, y. On the coast the last vowel is of the other kind. The islanders have no ä, ö, y.
Chapter.Section("Names");

#region Names
string[] languages = ["hill", "coast", "island"];
string[][] kinds =
[
    ["a", "o", "u"],
    ["ä", "ö", "y"],
];
string Consonant() => Choose("h", "k", "l", "m", "n", "p", "r", "s", "t", "v");
string Coda() => Choose("", "", "l", "n", "r");

string NameOf(int language)
{
    if (language == 2)
    {
        return string.Concat(
            Enumerable.Range(0, 3 + Draw(2)).Select(_ => Consonant() + Choose("a", "e", "i", "o", "u"))
        );
    }
    var kind = Draw(2);
    var middle = Enumerable.Range(0, 1 + Draw(3)).Select(_ => Consonant() + Choose("e", "i") + Coda());
    var first = Consonant() + Choose(kinds[kind]) + Coda();
    return first + string.Concat(middle) + Consonant() + Choose(kinds[language == 0 ? kind : 1 - kind]);
}

HashSet<string> taken = [];
List<(string Name, int Language)> known = [];
List<(string Name, int Language)> heldOut = [];
while (known.Count < 6000 || heldOut.Count < 2000)
{
    var language = Choose(0, 0, 0, 0, 1, 1, 1, 2, 2);
    var name = NameOf(language);
    if (taken.Add(name))
    {
        (known.Count < 6000 ? known : heldOut).Add((name, language));
    }
}
for (var language = 0; language < languages.Length; language++)
{
    var some = known.Where(one => one.Language == language).Select(one => one.Name).Take(5);
    Console.WriteLine($"{languages[language], -6} {string.Join(", ", some)}");
}
#endregion

// One to many: the language's vector is the first state, and each letter is drawn and read in turn, up to the end sign.
Chapter.Section("One to many");

#region One to many
const string Letters = ".aehiklmnoprstuvyäö"; // the point begins, ends and fills up
const int Hidden = 64;
var begin = new Embedding(languages.Length, Hidden, Weights(0), initialDeviation: 0.1);
var letterVectors = new Embedding(Letters.Length, 16, Weights(1));
var writer = new RecurrentLayers("gru", 16, Hidden, Weights(2));
var nextLetter = new Linear(Hidden, Letters.Length, Weights(3));

Tensor WritingLoss(IReadOnlyList<(string Name, int Language)> names)
{
    Tensor state = Tensor.Lookup(begin.Weight, [.. names.Select(one => one.Language)]); // (batch, hidden)
    var read = Read(Letters, [.. names.Select(one => $".{one.Name}")]); // (steps, batch)
    var (outputs, _) = writer.Forward(read, [state], letterVectors);
    int[] labels = Read(Letters, [.. names.Select(one => $"{one.Name}.")]).ToArray();
    int[] real =
    [
        .. Enumerable.Range(0, labels.Length).Where(i => i / names.Count <= names[i % names.Count].Name.Length),
    ];
    var logits = nextLetter.Forward(outputs).Reshape(-1, Letters.Length); // (steps · batch, letters)
    return Tensor.SoftmaxCrossEntropy(Tensor.Lookup(logits, real), [.. real.Select(i => labels[i])]);
}

Train(
    [begin, letterVectors, writer, nextLetter],
    updates: 1500,
    known.Count,
    batch => WritingLoss([.. batch.Select(i => known[i])])
);
#endregion

#region Writing
string[] Write(int[] wanted)
{
    string[] names = [.. wanted.Select(_ => "")];
    IReadOnlyList<Tensor> state = [Tensor.Lookup(begin.Weight, wanted)];
    int[] letters = new int[wanted.Length]; // points
    for (var t = 0; t < 20; t++)
    {
        (var output, state) = writer.Forward(Indices.From(letters, 1, letters.Length), state, letterVectors);
        float[] logits = nextLetter.Forward(output[0]).ToArray(); // (batch, letters)
        for (var i = 0; i < letters.Length; i++)
        {
            var ended = t > 0 && letters[i] == 0;
            var chance = RandomStream.Sampling(seed: 1).Fork((ulong)i).Uniform((ulong)t);
            var probabilities = Softmax(logits.AsSpan(i * Letters.Length, Letters.Length));
            letters[i] = ended ? 0 : Math.Max(0, Array.FindIndex(probabilities, p => (chance -= p) < 0));
            names[i] += letters[i] == 0 ? "" : Letters[letters[i]];
        }
    }
    return names;
}

using (GradientMode.Disable())
{
    var wrong = heldOut.Select(one => (one.Name, (one.Language + 1) % 3));
    Console.WriteLine($"bits per letter of held-out names: {WritingLoss(heldOut).ToScalar() / Math.Log(2):F2}");
    Console.WriteLine($"told a wrong language:             {WritingLoss([.. wrong]).ToScalar() / Math.Log(2):F2}");
    int[] wanted = [.. Enumerable.Range(0, 999).Select(i => i / 333)];
    string[] written = Write(wanted);
    for (var language = 0; language < languages.Length; language++)
    {
        string[] own = [.. written.Where((_, i) => wanted[i] == language)];
        var right = Percent(own.Select(name => IsOf(name, language) ? 1.0 : 0));
        var fresh = own.Count(name => !taken.Contains(name));
        Console.WriteLine($"{languages[language], -6} {string.Join(", ", own.Take(4))}");
        Console.WriteLine($"       by its rule: {right}; not among the names above: {fresh} of 333");
    }
}

static bool IsOf(string name, int language)
{
    string[] kindsOf = ["aou", "äöy"];
    bool Within(int kind) =>
        kindsOf[kind].Contains(name[1]) && kindsOf[language == 0 ? kind : 1 - kind].Contains(name[^1]);
    var telling = name.Count("aouäöy".Contains); // vowels other than e and i
    return language == 2
        ? name.Length is 6 or 8 && name.Where((_, i) => i % 2 == 1).All("aeiou".Contains)
        : telling == 2 && (Within(0) || Within(1));
}
#endregion

using (GradientMode.Disable())
{
    Tensor first = Tensor.Lookup(begin.Weight, [0]); // (1, hidden)
    var name = Write([0])[0];
    var (states, _) = writer.Forward(Read(Letters, [$".{name}"]), [first], letterVectors);
    ShowStates(
        "applications-one-to-many",
        $"The states while \"{name}\" is written for the hills",
        ["the label", "begin", .. name.Select(letter => $"{letter}")],
        Tensor.Concatenate([first.Reshape(1, 1, Hidden), states])
    );
}

// Many to one: the state after the last letter has read the whole name.
Chapter.Section("Many to one");

#region Many to one
var readVectors = new Embedding(Letters.Length, 16, Weights(10));
var reader = new RecurrentLayers("gru", 16, Hidden, Weights(11));
var languageOf = new Linear(Hidden, languages.Length, Weights(12));

Tensor Classify(IReadOnlyList<string> names)
{
    var read = Read(Letters, names); // (steps, batch)
    var (states, _) = reader.Forward(read, reader.ZeroState(names.Count), readVectors);
    return languageOf.Forward(Last(states, names)); // (batch, languages)
}

Train(
    [readVectors, reader, languageOf],
    updates: 1500,
    known.Count,
    batch =>
        Tensor.SoftmaxCrossEntropy(
            Classify([.. batch.Select(i => known[i].Name)]),
            [.. batch.Select(i => known[i].Language)]
        )
);
#endregion

// Beside it: the language whose training names have the n-grams of the name most often (naive Bayes with add-one
// smoothing).
#region n-grams
int[] GuessByGrams(int n)
{
    string[] Grams(string name)
    {
        var padded = new string('^', n - 1) + name + ".";
        return [.. Enumerable.Range(0, padded.Length - n + 1).Select(i => padded.Substring(i, n))];
    }
    Dictionary<string, double[]> seen = [];
    var all = new double[languages.Length];
    foreach (var (name, language) in known)
    {
        foreach (var gram in Grams(name))
        {
            seen.TryAdd(gram, [1, 1, 1]);
            seen[gram][language]++;
            all[language]++;
        }
    }
    double[] rarely = [1, 1, 1];
    double Score(string name, int language) => // P(language) · Π P(n-gram | language), up to a factor
        Grams(name)
            .Select(gram => seen.GetValueOrDefault(gram, rarely)[language] / (all[language] + seen.Count))
            .Aggregate((double)known.Count(one => one.Language == language), (product, p) => product * p);
    return
    [
        .. heldOut.Select(one => Enumerable.Range(0, languages.Length).MaxBy(language => Score(one.Name, language))),
    ];
}

string Right(int[] guesses) => Percent(guesses.Select((guess, i) => guess == heldOut[i].Language ? 1.0 : 0));

using (GradientMode.Disable())
{
    Console.WriteLine($"always \"hill\"   {Right(new int[heldOut.Count])}");
    foreach (var n in new[] { 2, 3, 4, 5, 6 })
    {
        Console.WriteLine($"{n}-grams         {Right(GuessByGrams(n))}");
    }
    int[] guesses = Classify([.. heldOut.Select(one => one.Name)]).ArgMax();
    Console.WriteLine($"the network     {Right(guesses)}");
    var mistakes = heldOut.Where((one, i) => guesses[i] != one.Language).ToArray();
    int OfBoth(IReadOnlyList<(string Name, int Language)> names) =>
        names.Count(one => IsOf(one.Name, 0) && IsOf(one.Name, 2));
    Console.WriteLine($"right both on hills and islands: {OfBoth(heldOut)} of all {heldOut.Count:N0} names");
    Console.WriteLine($"of these among its {mistakes.Length} mistakes: {OfBoth(mistakes)}");
}
#endregion

using (GradientMode.Disable())
{
    string[] names = ["tulmekirisa", "tylmekirisa"];
    var (states, _) = reader.Forward(Read(Letters, names), reader.ZeroState(batch: 2), readVectors);
    float[] values = states.ToArray();
    float[] difference =
    [
        .. Enumerable.Range(0, values.Length / 2).Select(i => values[At(i)] - values[At(i) + Hidden]),
    ];
    int At(int i) => (i / Hidden * 2 * Hidden) + (i % Hidden);
    ShowStates(
        "applications-many-to-one-state",
        "What is left of the first vowel: states of tulmekirisa minus those of tylmekirisa",
        [.. names[0].Select((letter, t) => letter == names[1][t] ? $"{letter}" : $"{letter}/{names[1][t]}")],
        Tensor.From(difference, names[0].Length, 1, Hidden)
    );
    Series Verdict(string name)
    {
        int[] ends = [.. Enumerable.Range(1, name.Length)];
        float[] logits = Classify([.. ends.Select(end => name[..end])]).ToArray(); // (letters, languages)
        return new Series(
            name,
            [.. ends.Select(end => (double)end)],
            [.. ends.Select(end => Softmax(logits.AsSpan((end - 1) * 3, 3))[0])]
        );
    }
    chapter.Show(
        "applications-many-to-one",
        new LineChart(
            "The verdict, letter by letter",
            new Axis("letters read"),
            new Axis("probability of \"hill\"") { Minimum = 0, Maximum = 1 },
            [.. names.Select(Verdict)]
        )
    );
}

// Many to many, in step: for each word of a text without capitals and full stops, whether it had a capital and whether
// a full stop followed. Most of the names are words too, and where a sentence ends shows only before and after.
Chapter.Section("Many to many, in step");

#region Sentences
const int Window = 32; // words
string[] people = ["will", "rose", "mark", "may", "grace", "hope", "bill", "frank"];
string[] things = ["will", "rose", "mark", "hope", "bill", "house", "river"];

string NounPhrase() =>
    Draw(2) == 0 ? Capitalise(Choose(people)) : Choose("the ", "the frank ", "the old ", "the red ") + Choose(things);
string Clause() =>
    NounPhrase()
    + Choose(
        Choose(" slept", " rose", " fell", " sang"),
        Choose(" saw ", " found ", " kept ", " lost ") + NounPhrase(),
        Choose(" will", " may") + Choose(" sleep", " fall", " sing", $" see {NounPhrase()}", $" mark {NounPhrase()}")
    );
string Sentence() =>
    Capitalise(Choose($"{Clause()}", $"when {Clause()} {Clause()}", $"{Clause()} and {Clause()}")) + ".";
static string Capitalise(string text) => char.ToUpperInvariant(text[0]) + text[1..];

string[] Passage() // begins with a sentence and may end in one
{
    List<string> passage = [];
    while (passage.Count < Window)
    {
        passage.AddRange(Sentence().Split(' '));
    }
    return [.. passage[..Window]];
}

string[][] lessons = [.. Enumerable.Range(0, 2000).Select(_ => Passage())]; // (passages, words)
string[][] unseen = [.. Enumerable.Range(0, 500).Select(_ => Passage())];
static string Bare(string word) => word.TrimEnd('.').ToLowerInvariant();
static int TagOf(string word) => (char.IsUpper(word[0]) ? 1 : 0) + (word.EndsWith('.') ? 2 : 0);
string[] words = [.. lessons.SelectMany(passage => passage).Select(Bare).Distinct().Order(StringComparer.Ordinal)];
Console.WriteLine(string.Join(' ', unseen[0][..18]));
Console.WriteLine(string.Join(' ', unseen[0][..18].Select(Bare)));
#endregion

#region Many to many, in step
(string Name, Func<IReadOnlyList<string[]>, (Tensor Outputs, Tensor Logits)> Forward, ILayer[] Layers) Tagger(
    string name,
    bool bidirectional
)
{
    var vectors = new Embedding(words.Length, 16, Weights(20));
    var layer = new RecurrentLayers("gru", 16, Hidden, Weights(21), bidirectional: bidirectional);
    var tag = new Linear(layer.OutputSize, 4, Weights(22));
    return (name, Forward, [vectors, layer, tag]);

    (Tensor Outputs, Tensor Logits) Forward(IReadOnlyList<string[]> passages)
    {
        int[] tokens = [.. passages.SelectMany(passage => passage.Select(word => Array.IndexOf(words, Bare(word))))];
        var read = Indices.Transposed(Device.Default, tokens, passages.Count, Window); // (steps, batch)
        var (outputs, _) = layer.Forward(read, layer.ZeroState(passages.Count), vectors);
        return (outputs, tag.Forward(outputs).Reshape(-1, 4)); // (steps, batch, D·hidden), (steps · batch, tags)
    }
}

static int[] TagsOf(
    IReadOnlyList<string[]> passages
) // of step 0, then of step 1 …
    => [.. Enumerable.Range(0, Window).SelectMany(t => passages.Select(passage => TagOf(passage[t])))];

var taggers = new[] { Tagger("from the left", bidirectional: false), Tagger("both ways", bidirectional: true) };
foreach (var (name, forward, layers) in taggers)
{
    Console.WriteLine($"{name}:");
    Train(
        layers,
        updates: 800,
        lessons.Length,
        batch =>
        {
            string[][] passages = [.. batch.Select(i => lessons[i])];
            return Tensor.SoftmaxCrossEntropy(forward(passages).Logits, TagsOf(passages));
        }
    );
}
#endregion

#region Tags by counting
string Tagged(Func<string[], int, int> guess) =>
    Percent(
        unseen.Select(passage => passage.Select((word, t) => guess(passage, t) == TagOf(word) ? 1.0 : 0).Average())
    );

string Near(string[] passage, int t, int reach) =>
    string.Join(
        ' ',
        Enumerable
            .Range(t - reach, 2 * reach + 1)
            .Select(i => passage.ElementAtOrDefault(i) is { } word ? Bare(word) : "-")
    );

Dictionary<string, int[]> counts = [];
foreach (var passage in lessons)
{
    for (var t = 0; t < Window; t++)
    {
        for (var reach = -1; reach <= 3; reach++)
        {
            var near = reach < 0 ? "" : Near(passage, t, reach);
            counts.TryAdd(near, new int[4]);
            counts[near][TagOf(passage[t])]++;
        }
    }
}
int Commonest(string near) => Array.IndexOf(counts[near], counts[near].Max());

Console.WriteLine($"always the commonest tag   {Tagged((_, _) => Commonest(""))}");
for (var most = 0; most <= 3; most++)
{
    var widest = most;
    int Guess(string[] passage, int t)
    {
        var reach = widest;
        while (reach > 0 && !counts.ContainsKey(Near(passage, t, reach)))
        {
            reach--; // these words never stood together, but fewer of them may have
        }
        return Commonest(Near(passage, t, reach));
    }
    Console.WriteLine($"the word and {most} each side   {Tagged(Guess)}");
}
using (GradientMode.Disable())
{
    foreach (var (name, forward, _) in taggers)
    {
        int[] guesses = forward(unseen).Logits.ArgMax(); // (steps · passages)
        int Guess(string[] passage, int t) => guesses[(t * unseen.Length) + Array.IndexOf(unseen, passage)];
        Console.WriteLine($"{name, -24}   {Tagged(Guess)}");
    }
}
#endregion

using (GradientMode.Disable())
{
    const int Shown = 16;
    static double Percentage(double p) => Math.Round(100 * p);
    string[][] passage = [unseen[0]];
    List<string> rows = [];
    List<double[]> cells = [];
    foreach (var (what, bit) in new[] { ("capital", 1), ("full stop", 2) })
    {
        foreach (var (name, forward, _) in taggers)
        {
            float[] logits = forward(passage).Logits.ToArray(); // (steps, tags)
            rows.Add($"{what}, {name}");
            cells.Add([
                .. Enumerable
                    .Range(0, Shown)
                    .Select(t => Percentage(Softmax(logits.AsSpan(t * 4, 4)).Where((_, tag) => (tag & bit) > 0).Sum())),
            ]);
        }
    }
    string[] shown = [.. unseen[0].Take(Shown)];
    chapter.Show(
        "applications-in-step",
        new HeatMap("Two taggers on the same words", rows, shown, cells, "probability (%)")
    );
    ShowStates(
        "applications-in-step-state",
        $"The states of the network in both directions: below {Hidden} from the left, the others from the right",
        shown,
        taggers[1].Forward(passage).Outputs.Slice(0, Shown)
    );
}

// Many to many: an encoder reads a date as people write it; from its last state on a decoder writes it as ISO 8601 has
// it.
Chapter.Section("Many to many");

#region Dates
const string Signs = " ,-.0123456789abcdefghijlmnoprstuvy";
DateOnly[] dates = [.. RandomStream.Batching(seed: 2).Permutation(73_049).Select(new DateOnly(1900, 1, 1).AddDays)];
var (newDates, oldDates) = (dates[..1000], dates[1000..]); // unseen, and for training

string Spoken(DateOnly date)
{
    var th = (date.Day % 10, date.Day / 10) switch
    {
        (_, 1) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    return date.ToString(
            Choose("d MMMM yyyy", "MMMM d, yyyy", "d MMM yyyy", $"'the {date.Day}{th} of 'MMMM yyyy", "d.M.yyyy")
        )
        .ToLowerInvariant();
}
static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd");

(string Spoken, string Iso)[] pairs = [.. oldDates.Take(20_000).Select(date => (Spoken(date), Iso(date)))];
(string Spoken, string Iso)[] unseenPairs = [.. newDates.Select(date => (Spoken(date), Iso(date)))];
foreach (var (spoken, iso) in pairs.Take(5))
{
    Console.WriteLine($"{spoken, -26} {iso}");
}
#endregion

#region Encoder and decoder
const int Wide = 128;
var spokenVectors = new Embedding(Signs.Length, 32, Weights(30));
var encoder = new RecurrentLayers("gru", 32, Wide, Weights(31));
var isoVectors = new Embedding(Signs.Length, 32, Weights(32));
var decoder = new RecurrentLayers("gru", 32, Wide, Weights(33));
var nextSign = new Linear(Wide, Signs.Length, Weights(34));

IReadOnlyList<Tensor> Encode(IReadOnlyList<string> spoken)
{
    var read = Read(Signs, spoken); // (steps, batch)
    var (states, _) = encoder.Forward(read, encoder.ZeroState(spoken.Count), spokenVectors);
    return [Last(states, spoken)]; // (batch, hidden)
}

// Teacher forcing: whatever the decoder would have written, it reads the right signs, each a step late.
Tensor TranslationLoss(IReadOnlyList<(string Spoken, string Iso)> pairs)
{
    var late = Read(Signs, [.. pairs.Select(pair => " " + pair.Iso[..^1])]);
    var (outputs, _) = decoder.Forward(late, Encode([.. pairs.Select(pair => pair.Spoken)]), isoVectors);
    var labels = Read(Signs, [.. pairs.Select(pair => pair.Iso)]);
    return Tensor.SoftmaxCrossEntropy(nextSign.Forward(outputs).Reshape(-1, Signs.Length), labels);
}

void Teach(int updates) =>
    Train(
        [spokenVectors, encoder, isoVectors, decoder, nextSign],
        updates,
        pairs.Length,
        batch => TranslationLoss([.. batch.Select(i => pairs[i])])
    );
#endregion

// Without a teacher the decoder reads what it wrote. A beam of 1 is greedy: it keeps the likeliest sign. A wider one
// keeps the likeliest beginnings.
#region Beam
List<(string Text, double Score)> Decode(string spoken, int beams)
{
    List<(string Text, double Score)> best = [(" ", 1)];
    var state = Encode([spoken]);
    for (var t = 0; t < 10; t++)
    {
        var last = Read(Signs, [.. best.Select(one => one.Text[^1..])]); // (1, beams)
        (var output, state) = decoder.Forward(last, state, isoVectors);
        float[] logits = nextSign.Forward(output[0]).ToArray(); // (beams, signs)
        var next = best.SelectMany(
                (one, i) =>
                    Softmax(logits.AsSpan(i * Signs.Length, Signs.Length))
                        .Select((p, sign) => (Parent: i, Text: one.Text + Signs[sign], Score: one.Score * p))
            )
            .OrderByDescending(one => one.Score)
            .Take(beams)
            .ToList();
        best = [.. next.Select(one => (one.Text, one.Score))];
        state = [Tensor.Lookup(state[0], [.. next.Select(one => one.Parent)])];
    }
    return [.. best.Select(one => (one.Text[1..], one.Score))];
}

void Examine()
{
    using var noGradient = GradientMode.Disable();
    (string Spoken, string Iso)[] asked = [.. unseenPairs.Take(chapter.Quick ? 20 : 1000)];
    foreach (var beams in new[] { 1, 4 })
    {
        var exact = asked.Count(pair => Decode(pair.Spoken, beams)[0].Text == pair.Iso);
        Console.WriteLine($"beam of {beams}: {exact:N0} of {asked.Length:N0} unseen dates exact");
    }
    var improved = asked.Where(pair =>
        Decode(pair.Spoken, 1)[0].Text != pair.Iso && Decode(pair.Spoken, 4)[0].Text == pair.Iso
    );
    foreach (var (spoken, _) in improved.Take(1))
    {
        Console.WriteLine($"{spoken}, greedy: {Decode(spoken, beams: 1)[0].Text}; a beam of 4:");
        foreach (var (text, score) in Decode(spoken, beams: 4))
        {
            Console.WriteLine($"  {text}  probability {score:F3}");
        }
    }
}

Teach(updates: 700);
Examine();
Teach(updates: 1000);
Examine();
#endregion

using (GradientMode.Disable())
{
    var (spoken, iso) = unseenPairs[0];
    var read = Read(Signs, [spoken]);
    var (states, handed) = encoder.Forward(read, encoder.ZeroState(batch: 1), spokenVectors);
    var (written, _) = decoder.Forward(Read(Signs, [" " + iso[..^1]]), handed, isoVectors);
    ShowStates(
        "applications-many-to-many",
        $"\"{spoken}\" is read and \"{iso}\" written: the states of encoder and decoder",
        [.. spoken.Select(sign => $"read {(sign == ' ' ? '␣' : sign)}"), .. iso.Select(sign => $"write {sign}")],
        Tensor.Concatenate([states, written])
    );
}
