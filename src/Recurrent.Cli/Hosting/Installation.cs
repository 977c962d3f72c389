using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Recurrent.Tensors;

namespace Recurrent.Cli.Hosting;

/// <summary>This program and the machine it runs on, for the report of a bug.</summary>
/// <param name="Recurrent">The version.</param>
/// <param name="Commit">The commit it was built from; null where that is not known.</param>
/// <param name="Runtime">The version of .NET.</param>
/// <param name="Compiled">"ahead of time", or "while running".</param>
/// <param name="System">The operating system.</param>
/// <param name="Architecture">The architecture of this process.</param>
/// <param name="Processor">The processor's name; null where the system does not tell.</param>
/// <param name="Processors">How many processors this process may use.</param>
/// <param name="Instructions">The vector instructions that were found, of those that matter here.</param>
/// <param name="Tier">The vector width that is used, in bits, or scalar.</param>
/// <param name="Memory">Bytes of memory that this process may use.</param>
internal sealed record Installation(
    string Recurrent,
    string? Commit,
    string Runtime,
    string Compiled,
    string System,
    string Architecture,
    string? Processor,
    int Processors,
    IReadOnlyList<string> Instructions,
    string Tier,
    long Memory
)
{
    private const string LinuxProcessors = "/proc/cpuinfo";

    // The commit follows the plus sign.
    private static readonly string[] s_version = typeof(Installation)
        .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
        .InformationalVersion.Split('+');

    /// <summary>The version of this program.</summary>
    public static string Version => s_version[0];

    /// <summary>Looks around.</summary>
    public static Installation Find() =>
        new(
            Version,
            s_version.Length > 1 ? s_version[1] : null,
            RuntimeInformation.FrameworkDescription,
            RuntimeFeature.IsDynamicCodeSupported ? "while running" : "ahead of time",
            RuntimeInformation.OSDescription,
            $"{RuntimeInformation.ProcessArchitecture}",
            ProcessorName(),
            Environment.ProcessorCount,
            [.. InstructionSets().Where(set => set.IsThere).Select(set => set.Name)],
            new CpuDevice(threads: 1).TierName,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes
        );

    private static IEnumerable<(string Name, bool IsThere)> InstructionSets() =>
        [
            ("AVX", Avx.IsSupported),
            ("AVX2", Avx2.IsSupported),
            ("FMA", Fma.IsSupported),
            ("AVX-512F", Avx512F.IsSupported),
            ("AdvSIMD", AdvSimd.Arm64.IsSupported),
        ];

    private static string? ProcessorName()
    {
        if (!File.Exists(LinuxProcessors))
        {
            return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER"); // of Windows
        }
        var line = File.ReadLines(LinuxProcessors)
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
