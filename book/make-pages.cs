#:project Recurrent.Book/Recurrent.Book.csproj

// Runs the chapters in full, records what they print in docs/book/output and draw in docs/book/pictures, and copies
// their code and output into the pages, in Chinese where book/zh-CN has the chapter's words:
//
//   dotnet run book/make-pages.cs -- --text timemachine.txt              all chapters
//   dotnet run book/make-pages.cs -- --text timemachine.txt rnn lstm     these
//   dotnet run book/make-pages.cs -- --copy                              runs none, copies only
//
// Without --text The Time Machine is read where `recurrent train time-machine` keeps it; and, without --another
// FILE, The War of the Worlds, which the exercises on settings read too.

using System.Diagnostics;
using System.Runtime.CompilerServices;
using Recurrent.Book;

var root = Path.GetFullPath(Path.Combine(Folder(), ".."));
var arguments = args.ToList();
var copyOnly = arguments.Remove("--copy");
List<string> options = [];
foreach (var option in new[] { "--text", "--another" })
{
    if (arguments.IndexOf(option) is >= 0 and var place)
    {
        options.AddRange([option, Path.GetFullPath(arguments[place + 1])]);
        arguments.RemoveRange(place, 2);
    }
}
string[] chapters =
[
    .. Directory
        .EnumerateFiles(Path.Combine(root, "book"), "*.cs")
        .Select(path => Path.GetFileNameWithoutExtension(path))
        .Where(name => name != "make-pages" && (arguments.Count == 0 || arguments.Contains(name)))
        .Order(),
];

foreach (var name in chapters)
{
    var record = Path.Combine(root, "docs", "book", "output", $"{name}.txt");
    if (!copyOnly)
    {
        Console.WriteLine($"running {name}");
        File.WriteAllText(record, Run(name));
    }
    var source = File.ReadAllText(Path.Combine(root, "book", $"{name}.cs"));
    foreach (var (language, words) in new[] { ("md", null), ("zh-CN.md", Translation.Of(name)) })
    {
        var page = Path.Combine(root, "docs", "book", $"{name}.{language}");
        File.WriteAllText(page, Page.Fill(File.ReadAllText(page), source, File.ReadAllText(record), words));
    }
}

string Run(string name)
{
    var start = new ProcessStartInfo("dotnet")
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        WorkingDirectory = root,
    };
    string[] pictures = ["--pictures", Path.Combine("docs", "book", "pictures")];
    foreach (var argument in new[] { "run", $"book/{name}.cs", "--" }.Concat(pictures).Concat(options))
    {
        start.ArgumentList.Add(argument);
    }
    using var process = Process.Start(start)!;
    var output = process.StandardOutput.ReadToEnd().ReplaceLineEndings("\n");
    process.WaitForExit();
    return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{name} failed.");
}

static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
