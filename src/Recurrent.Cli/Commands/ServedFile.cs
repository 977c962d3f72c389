using System.Security.Cryptography;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Server;
using Recurrent.Server.Engines;

namespace Recurrent.Cli.Commands;

/// <summary>A model file that is served.</summary>
/// <param name="Name">The name that requests know its model by.</param>
/// <param name="Path">The file.</param>
/// <param name="LeavesCounts">Whether its network is served alone.</param>
internal sealed record ServedFile(string Name, string Path, bool LeavesCounts)
{
    /// <summary>The files that a command line names.</summary>
    /// <param name="given">Each a file, whose name is the model's, or NAME=FILE.</param>
    /// <param name="leavesCounts">Whether their networks are served alone.</param>
    /// <exception cref="UsageException">A model has no name, or two have one.</exception>
    public static IReadOnlyList<ServedFile> Of(IEnumerable<string> given, bool leavesCounts)
    {
        var files = given.Select(One).ToList();
        if (files.Find(file => string.IsNullOrWhiteSpace(file.Name)) is { } nameless)
        {
            throw new UsageException($"The model of \"{nameless.Path}\" has no name; give it as NAME=FILE.");
        }
        return files.GroupBy(file => file.Name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new UsageException($"Two models are called \"{twice.Key}\"; give one of them as NAME=FILE.")
            : files;

        ServedFile One(string argument)
        {
            var sign = argument.IndexOf('=', StringComparison.Ordinal);
            return sign > 0 && !File.Exists(argument)
                ? new(argument[..sign], argument[(sign + 1)..], leavesCounts)
                : new(System.IO.Path.GetFileNameWithoutExtension(argument), argument, leavesCounts);
        }
    }

    /// <summary>Loads it.</summary>
    public ServedModel Load()
    {
        while (true)
        {
            var before = Fingerprint();
            var trained = ModelFileArgument.LoadForward(Path, "cannot be served", LeavesCounts);
            if (before is not null && before == Fingerprint()) // else another file took its place meanwhile
            {
                return new(Name, trained)
                {
                    Fingerprint = before,
                    Created = new DateTimeOffset(File.GetLastWriteTimeUtc(Path)).ToUnixTimeSeconds(),
                };
            }
        }
    }

    /// <summary>
    /// Loads it again if it has changed, and says what has come of it. What cannot be loaded leaves the model that is
    /// served.
    /// </summary>
    public void Reload(ModelServer server, TextWriter error)
    {
        var name = PrintableText.OneLine(Name);
        try
        {
            var served = server.Models.Single(model => model.Name == Name).Fingerprint;
            if (Fingerprint() == served)
            {
                error.WriteLine($"{name} is unchanged.");
                return;
            }
            server.Replace(Name, Load);
            error.WriteLine($"{name} is loaded again.");
        }
        catch (Exception problem)
        {
            var (sentence, _) = ErrorMessage.Of(problem);
            error.WriteLine($"{name} stays as it was. {PrintableText.OneLine(sentence)}");
        }
    }

    /// <summary>
    /// Loads what has changed again at each SIGHUP, but where that tells of a terminal that was closed, and on Windows,
    /// where it tells of nothing else.
    /// </summary>
    public static void ReloadAtHangups(IReadOnlyList<ServedFile> files, ModelServer server, CliContext context)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        var reloading = new Lock();
        var hadTerminal = HasTerminal();
        context.Interruption.OnHangup = () =>
        {
            if (hadTerminal && !HasTerminal())
            {
                return false;
            }
            lock (reloading)
            {
                foreach (var file in files)
                {
                    file.Reload(server, context.Error);
                }
            }
            return true;
        };
    }

    /// <summary>
    /// What identifies its content, what is left out of it and this program, each of which may change a text; null
    /// where it cannot be read.
    /// </summary>
    private string? Fingerprint()
    {
        const int HashLength = 12;
        try
        {
            using var file = File.OpenRead(Path);
            var hash = Convert.ToHexStringLower(SHA256.HashData(file))[..HashLength];
            return $"{hash}{(LeavesCounts ? "-network" : "")}-{Installation.Version}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether there is a terminal whose user has started this process.</summary>
    private static bool HasTerminal()
    {
        try
        {
            File.OpenHandle("/dev/tty").Dispose();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
