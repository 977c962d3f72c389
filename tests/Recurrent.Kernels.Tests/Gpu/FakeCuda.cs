using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Tests.Gpu;

/// <summary>
/// A driver of one card in the host's memory, that does what is queued as late as the real one may: when it is waited
/// for.
/// </summary>
internal static unsafe partial class FakeCuda
{
    public const int OutOfMemory = 2;
    public const int NoDevice = 100;
    public const int NoContext = 201;
    public const int InvalidPtx = 218;
    public const int IllegalAddress = 700;
    public const int NotRecorded = -1;
    private const nint Context = 0x1000;
    private const nint OneFunction = 0x2000;

    private static readonly List<Action> s_queue = [];
    private static readonly Dictionary<nint, int> s_events = []; // what of the queue comes before each
    private static readonly HashSet<nint> s_open = []; // everything that must be given back
    private static nint s_next;

    [ThreadStatic]
    private static nint t_current;

    /// <summary>Results of functions, in place of 0.</summary>
    public static Dictionary<string, int> Results { get; } = [];

    /// <summary>Functions that the driver lacks.</summary>
    public static HashSet<string> Missing { get; } = [];

    public static int Version { get; set; }

    public static int Major { get; set; }

    public static bool Cooperates { get; set; }

    /// <summary>
    /// The number of parameters of the function that is launched; <see cref="NotRecorded"/> where nobody wants to know.
    /// </summary>
    public static int Parameters { get; set; }

    /// <summary>What was launched: function, grid, threads, shared bytes, parameters.</summary>
    public static List<string> Launches { get; } = [];

    /// <summary>Attributes that were set of functions.</summary>
    public static List<(int Attribute, int Value)> Attributes { get; } = [];

    /// <summary>What is not given back.</summary>
    public static int Open => s_open.Count;

    /// <summary>A driver with a card that works.</summary>
    public static CudaDriver Start()
    {
        s_queue.Clear();
        s_events.Clear();
        s_nodes.Clear();
        s_open.Clear();
        Results.Clear();
        Missing.Clear();
        Launches.Clear();
        Attributes.Clear();
        (Version, Major, Cooperates, Parameters, s_next, t_current) = (12_040, 9, true, 0, 0x3000, 0);
        return Load();
    }

    /// <summary>The driver as it now is.</summary>
    public static CudaDriver Load() => new(name => Missing.Contains(name) ? 0 : Find(name));

    private static nint Find(string name) =>
        name switch
        {
            "cuInit" => (nint)(delegate* unmanaged<uint, int>)&Init,
            "cuDriverGetVersion" => (nint)(delegate* unmanaged<int*, int>)&DriverGetVersion,
            "cuDeviceGetCount" => (nint)(delegate* unmanaged<int*, int>)&DeviceGetCount,
            "cuGetErrorName" => (nint)(delegate* unmanaged<int, byte**, int>)&GetErrorName,
            "cuGetErrorString" => (nint)(delegate* unmanaged<int, byte**, int>)&GetErrorString,
            "cuDeviceGet" => (nint)(delegate* unmanaged<int*, int, int>)&DeviceGet,
            "cuDeviceGetName" => (nint)(delegate* unmanaged<byte*, int, int, int>)&DeviceGetName,
            "cuDeviceGetAttribute" => (nint)(delegate* unmanaged<int*, int, int, int>)&DeviceGetAttribute,
            "cuDevicePrimaryCtxRetain" => (nint)(delegate* unmanaged<nint*, int, int>)&Retain,
            "cuDevicePrimaryCtxRelease_v2" => (nint)(delegate* unmanaged<int, int>)&Release,
            "cuCtxGetCurrent" => (nint)(delegate* unmanaged<nint*, int>)&GetCurrent,
            "cuCtxSetCurrent" => (nint)(delegate* unmanaged<nint, int>)&SetCurrent,
            "cuMemGetInfo_v2" => (nint)(delegate* unmanaged<nuint*, nuint*, int>)&MemoryGetInfo,
            "cuMemAlloc_v2" => (nint)(delegate* unmanaged<nint*, nuint, int>)&MemoryAllocate,
            "cuMemFree_v2" or "cuMemFreeHost" => (nint)(delegate* unmanaged<nint, int>)&MemoryFree,
            "cuMemHostAlloc" => (nint)(delegate* unmanaged<nint*, nuint, uint, int>)&HostAllocate,
            "cuMemsetD8Async" => (nint)(delegate* unmanaged<nint, byte, nuint, nint, int>)&Clear,
            "cuMemcpyHtoDAsync_v2" or "cuMemcpyDtoHAsync_v2" => (nint)
                (delegate* unmanaged<nint, nint, nuint, nint, int>)&Copy,
            "cuStreamCreate" or "cuEventCreate" => (nint)(delegate* unmanaged<nint*, uint, int>)&Create,
            "cuStreamSynchronize" => (nint)(delegate* unmanaged<nint, int>)&StreamSynchronize,
            "cuStreamDestroy_v2" or "cuEventDestroy_v2" or "cuModuleUnload" => (nint)
                (delegate* unmanaged<nint, int>)&Destroy,
            "cuEventRecord" => (nint)(delegate* unmanaged<nint, nint, int>)&EventRecord,
            "cuEventSynchronize" => (nint)(delegate* unmanaged<nint, int>)&EventSynchronize,
            "cuModuleLoadDataEx" => (nint)(delegate* unmanaged<nint*, byte*, int, int*, nint*, int>)&ModuleLoad,
            "cuModuleGetFunction" => (nint)(delegate* unmanaged<nint*, nint, byte*, int>)&ModuleGetFunction,
            "cuFuncSetAttribute" => (nint)(delegate* unmanaged<nint, int, int, int>)&SetAttribute,
            "cuOccupancyMaxActiveBlocksPerMultiprocessor" => (nint)
                (delegate* unmanaged<int*, nint, int, nuint, int>)&ResidentBlocks,
            "cuLaunchKernel" => (nint)
                (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)&Launch,
            "cuLaunchCooperativeKernel" => (nint)
                (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, int>)&Cooperate,
            "cuGraphCreate" => (nint)(delegate* unmanaged<nint*, uint, int>)&Create,
            "cuGraphAddKernelNode" => (nint)(delegate* unmanaged<nint*, nint, nint*, nuint, Node*, int>)&GraphAdd,
            "cuGraphKernelNodeSetAttribute" => (nint)(delegate* unmanaged<nint, int, void*, int>)&GraphSetAttribute,
            "cuGraphInstantiateWithFlags" => (nint)(delegate* unmanaged<nint*, nint, ulong, int>)&GraphInstantiate,
            "cuGraphExecKernelNodeSetParams" => (nint)(delegate* unmanaged<nint, nint, Node*, int>)&GraphChange,
            "cuGraphLaunch" => (nint)(delegate* unmanaged<nint, nint, int>)&GraphLaunch,
            "cuGraphDestroy" or "cuGraphExecDestroy" => (nint)(delegate* unmanaged<nint, int>)&Destroy,
            _ => 0,
        };

    /// <summary>The result of a function that needs the card's context.</summary>
    private static int Within([CallerMemberName] string function = "") =>
        t_current == Context ? Of(function) : NoContext;

    private static int Of([CallerMemberName] string function = "") => Results.GetValueOrDefault(function);

    private static void RunQueue(int count)
    {
        s_queue.Take(count).ToList().ForEach(action => action());
        s_queue.RemoveRange(0, count);
        foreach (var key in s_events.Keys)
        {
            s_events[key] = Math.Max(0, s_events[key] - count);
        }
    }

    private static int Made(nint* handle, nint value)
    {
        s_open.Add(*handle = value);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Init(uint flags) => Of();

    [UnmanagedCallersOnly]
    private static int DriverGetVersion(int* version) => (*version = Version) * 0;

    [UnmanagedCallersOnly]
    private static int DeviceGetCount(int* count) => (*count = 1) * 0;

    [UnmanagedCallersOnly]
    private static int GetErrorName(int error, byte** name) => Text(name, "CUDA_ERROR_SOME"u8);

    [UnmanagedCallersOnly]
    private static int GetErrorString(int error, byte** text) => Text(text, "something went wrong"u8);

    private static int Text(byte** place, ReadOnlySpan<byte> literal)
    {
        *place = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal)); // never moves and ends in 0
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DeviceGet(int* device, int index) => (*device = index) * 0;

    [UnmanagedCallersOnly]
    private static int DeviceGetName(byte* name, int length, int device)
    {
        "Fake card\0"u8.CopyTo(new Span<byte>(name, length));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DeviceGetAttribute(int* value, int attribute, int device)
    {
        *value = attribute switch
        {
            16 => 132,
            75 => Major,
            76 => 1,
            95 => Cooperates ? 1 : 0,
            97 => 227 << 10,
            _ => throw new ArgumentOutOfRangeException(nameof(attribute)),
        };
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Retain(nint* context, int device) => Made(context, Context);

    [UnmanagedCallersOnly]
    private static int Release(int device) => s_open.Remove(Context) ? 0 : NoContext;

    [UnmanagedCallersOnly]
    private static int GetCurrent(nint* context) => (int)((*context = t_current) * 0);

    [UnmanagedCallersOnly]
    private static int SetCurrent(nint context) => (int)((t_current = context) * 0);

    [UnmanagedCallersOnly]
    private static int MemoryGetInfo(nuint* free, nuint* all)
    {
        (*free, *all) = (3_000_000, 5_000_000);
        return Within();
    }

    [UnmanagedCallersOnly]
    private static int MemoryAllocate(nint* address, nuint bytes) =>
        Within(nameof(MemoryAllocate)) is var result and not 0
            ? result
            : Made(address, (nint)NativeMemory.AlignedAlloc(bytes, 256));

    [UnmanagedCallersOnly]
    private static int HostAllocate(nint* address, nuint bytes, uint flags) =>
        Made(address, (nint)NativeMemory.AlignedAlloc(bytes, 256));

    [UnmanagedCallersOnly]
    private static int MemoryFree(nint address)
    {
        if (!s_open.Remove(address))
        {
            return IllegalAddress;
        }
        NativeMemory.AlignedFree((void*)address);
        return Within(nameof(MemoryFree));
    }

    [UnmanagedCallersOnly]
    private static int Clear(nint address, byte value, nuint bytes, nint stream)
    {
        s_queue.Add(() => NativeMemory.Fill((void*)address, bytes, value));
        return Within(nameof(Clear));
    }

    [UnmanagedCallersOnly]
    private static int Copy(nint destination, nint source, nuint bytes, nint stream)
    {
        s_queue.Add(() => NativeMemory.Copy((void*)source, (void*)destination, bytes));
        return Within(nameof(Copy));
    }

    [UnmanagedCallersOnly]
    private static int Create(nint* handle, uint flags) => Made(handle, s_next++);

    [UnmanagedCallersOnly]
    private static int StreamSynchronize(nint stream)
    {
        RunQueue(s_queue.Count);
        return Within(nameof(StreamSynchronize));
    }

    [UnmanagedCallersOnly]
    private static int Destroy(nint handle) => s_open.Remove(handle) ? 0 : IllegalAddress;

    [UnmanagedCallersOnly]
    private static int EventRecord(nint handle, nint stream)
    {
        s_events[handle] = s_queue.Count;
        return Within(nameof(EventRecord));
    }

    [UnmanagedCallersOnly]
    private static int EventSynchronize(nint handle)
    {
        RunQueue(s_events.GetValueOrDefault(handle));
        return Within(nameof(EventSynchronize));
    }

    [UnmanagedCallersOnly]
    private static int ModuleLoad(nint* module, byte* image, int count, int* options, nint* values)
    {
        if (Results.TryGetValue(nameof(ModuleLoad), out var result))
        {
            var log = Encoding.UTF8.GetBytes($"line 1: {Marshal.PtrToStringUTF8((nint)image)}\0");
            log.CopyTo(new Span<byte>((byte*)values[0], (int)values[1]));
            return result;
        }
        return Made(module, s_next++);
    }

    [UnmanagedCallersOnly]
    private static int ModuleGetFunction(nint* function, nint module, byte* name)
    {
        *function = OneFunction;
        return Marshal.PtrToStringUTF8((nint)name) == PtxProgram.Entry ? Within(nameof(ModuleGetFunction)) : 500;
    }

    [UnmanagedCallersOnly]
    private static int SetAttribute(nint function, int attribute, int value)
    {
        Attributes.Add((attribute, value));
        return Within(nameof(SetAttribute));
    }

    [UnmanagedCallersOnly]
    private static int ResidentBlocks(int* blocks, nint function, int threads, nuint shared)
    {
        *blocks = 2048 / threads;
        return Within(nameof(ResidentBlocks));
    }
}
