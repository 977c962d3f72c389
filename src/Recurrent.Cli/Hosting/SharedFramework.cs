using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Recurrent.Cli.Hosting;

/// <summary>
/// ASP.NET Core, found where .NET is installed when a verb needs it. The tool does not name it among its frameworks,
/// because without it no verb at all would start.
/// </summary>
internal static class SharedFramework
{
    private const string Name = "Microsoft.AspNetCore.App";
    private static string? s_folder;

    /// <summary>Makes its assemblies known; ahead of time they are in the program.</summary>
    /// <param name="what">What needs it, a verb or an option.</param>
    /// <exception cref="FailureException">It is not installed.</exception>
    public static void Use(string what)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported || IsThere() || s_folder is not null)
        {
            return;
        }
        // …/shared/Microsoft.NETCore.App/10.0.12/
        var shared = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", Name));
        s_folder =
            Newest(shared)
            ?? throw new FailureException(
                $"{what} needs the ASP.NET Core runtime of .NET {Environment.Version.Major}, and there is none in "
                    + $"{shared}; install it beside .NET, or use the tool that is compiled for this platform."
            );
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(s_folder, $"{name.Name}.dll") is var path && File.Exists(path) ? Load(context, path) : null;
    }

    /// <summary>The folder of the newest version that fits the runtime; null where there is none.</summary>
    private static string? Newest(string shared) =>
        !Directory.Exists(shared)
            ? null
            : Directory
                .GetDirectories(shared)
                .Select(folder => (Folder: folder, Version: VersionOf(folder)))
                .Where(found => found.Version?.Major == Environment.Version.Major)
                .MaxBy(found => found.Version)
                .Folder;

    private static Version? VersionOf(string folder) =>
        Version.TryParse(Path.GetFileName(folder).Split('-')[0], out var version) ? version : null;

    /// <summary>Whether the process has it already, as a program of the Web SDK does.</summary>
    private static bool IsThere() =>
        AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is string known
        && known.Contains("Microsoft.AspNetCore.Server.Kestrel.Core.dll", StringComparison.Ordinal);

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A trimmed program has no such folder.")]
    private static System.Reflection.Assembly Load(AssemblyLoadContext context, string path) =>
        context.LoadFromAssemblyPath(path);
}
