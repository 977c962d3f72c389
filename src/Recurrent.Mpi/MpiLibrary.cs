using System.Runtime.InteropServices;
using System.Text;
using Recurrent.Training;

namespace Recurrent.Mpi;

/// <summary>
/// The calls of MPI that ranks need, by one set of declarations for Open MPI, whose handles are addresses within the
/// library, and for MPICH's ABI, whose handles are numbers. The library is opened when <see cref="Open"/> is called,
/// never before.
/// </summary>
internal static unsafe partial class MpiLibrary
{
    /// <summary>Only the thread that has opened the library makes calls, but for <see cref="MPI_Abort"/>.</summary>
    public const int Funneled = 1;

    private const string Name = "mpi";
    private const int LongestVersion = 8192; // bytes, of MPICH's; Open MPI's is 256
    private static nint s_library;

    /// <summary>All ranks.</summary>
    public static nint World { get; private set; }

    /// <summary>What stands for values that lie where they are to be received.</summary>
    public static byte* InPlace { get; private set; }

    /// <summary>The type of a byte.</summary>
    public static nint Byte { get; private set; }

    /// <summary>Opens the first library that is there.</summary>
    /// <param name="names">Names of libraries, or paths.</param>
    /// <returns>Whether one is there.</returns>
    public static bool Open(IReadOnlyList<string> names)
    {
        // UCX, below MPICH, takes over signals by which .NET finds a null reference, unless it is told not to; it reads
        // the variables of the process, which Environment.SetEnvironmentVariable does not write.
        if (!OperatingSystem.IsWindows())
        {
            _ = setenv("UCX_ERROR_SIGNALS", "", overwrite: 0);
        }
        if (!names.Any(name => NativeLibrary.TryLoad(name, out s_library)))
        {
            return false;
        }
        NativeLibrary.SetDllImportResolver(
            typeof(MpiLibrary).Assembly,
            (name, _, _) => name == Name ? s_library : IntPtr.Zero
        );
        var isOpenMpi = NativeLibrary.TryGetExport(s_library, "ompi_mpi_comm_world", out var world);
        (World, Byte) = isOpenMpi
            ? (world, NativeLibrary.GetExport(s_library, "ompi_mpi_byte"))
            : (0x44000000, 0x4c00010d);
        InPlace = (byte*)(isOpenMpi ? 1 : -1);
        return true;
    }

    /// <summary>The name and version of the library.</summary>
    public static string Version()
    {
        var text = stackalloc byte[LongestVersion];
        Check(MPI_Get_library_version(text, out var length));
        return VersionIn(Encoding.UTF8.GetString(text, length));
    }

    /// <summary>The name and version in what a library says of itself, such as "Open MPI v4.1.4, …".</summary>
    internal static string VersionIn(string text) =>
        text.Split('\n', ',')[0]
            .Replace("Version:", "", StringComparison.Ordinal)
            .Replace(" v", " ", StringComparison.Ordinal)
            .Replace("\t", " ", StringComparison.Ordinal)
            .Replace("  ", " ", StringComparison.Ordinal)
            .Trim('\0', ' ');

    /// <exception cref="RanksException">A call has failed.</exception>
    public static void Check(int code)
    {
        if (code != 0)
        {
            throw new RanksException($"The MPI library reports error {code}; start the training again with --resume.");
        }
    }

    [LibraryImport(Name)]
    public static partial int MPI_Init_thread(nint argc, nint argv, int required, out int provided);

    [LibraryImport(Name)]
    public static partial int MPI_Finalize();

    [LibraryImport(Name)]
    public static partial int MPI_Abort(nint comm, int code);

    [LibraryImport(Name)]
    public static partial int MPI_Comm_rank(nint comm, out int rank);

    [LibraryImport(Name)]
    public static partial int MPI_Comm_size(nint comm, out int size);

    [LibraryImport(Name)]
    public static partial int MPI_Bcast(byte* bytes, int count, nint type, int root, nint comm);

    [LibraryImport(Name)]
    public static partial int MPI_Alltoall(
        byte* sent,
        int count,
        nint type,
        byte* received,
        int receivedCount,
        nint receivedType,
        nint comm
    );

    [LibraryImport(Name)]
    public static partial int MPI_Allgather(
        byte* sent,
        int count,
        nint type,
        byte* received,
        int receivedCount,
        nint receivedType,
        nint comm
    );

    [LibraryImport("libc")]
    public static partial void _exit(int code);

    [LibraryImport(Name)]
    private static partial int MPI_Get_library_version(byte* text, out int length);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
