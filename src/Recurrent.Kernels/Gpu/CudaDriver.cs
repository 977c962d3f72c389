using System.Runtime.InteropServices;

namespace Recurrent.Kernels.Gpu;

/// <summary>
/// The functions of the NVIDIA driver's library that a card needs, by the addresses that the library gives for their
/// names. It is looked for when a card is first asked for; nothing else of NVIDIA's is needed.
/// </summary>
internal sealed unsafe class CudaDriver
{
    private const int OldestVersion = 11_040; // CUDA 11.4, the first whose graphs take flags
    private const int NoDevice = 100;
    private const string WayOut = "use Device.Cpu()";

    // Where the driver lies outside the loader's path: in containers, and in Linux within Windows.
    private static readonly string[] s_libraries =
        OperatingSystem.IsWindows() ? ["nvcuda.dll"]
        : OperatingSystem.IsLinux()
            ? ["libcuda.so.1", "/usr/local/nvidia/lib64/libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1"]
        : [];

    private static readonly Lazy<CudaDriver?> s_found = new(Load);

    private readonly delegate* unmanaged<uint, int> _init;
    private readonly delegate* unmanaged<int*, int> _driverGetVersion;
    private readonly delegate* unmanaged<int*, int> _deviceGetCount;
    private readonly delegate* unmanaged<int, byte**, int> _getErrorName;
    private readonly delegate* unmanaged<int, byte**, int> _getErrorString;

    /// <summary>Finds the functions.</summary>
    /// <param name="find">Returns the address of the function of a name, 0 where there is none.</param>
    /// <exception cref="GpuException">A function is missing: the driver is too old.</exception>
    public CudaDriver(Func<string, nint> find)
    {
        _init = (delegate* unmanaged<uint, int>)Find("cuInit");
        _driverGetVersion = (delegate* unmanaged<int*, int>)Find("cuDriverGetVersion");
        _deviceGetCount = (delegate* unmanaged<int*, int>)Find("cuDeviceGetCount");
        _getErrorName = (delegate* unmanaged<int, byte**, int>)Find("cuGetErrorName");
        _getErrorString = (delegate* unmanaged<int, byte**, int>)Find("cuGetErrorString");
        DeviceGet = (delegate* unmanaged<int*, int, int>)Find("cuDeviceGet");
        DeviceGetName = (delegate* unmanaged<byte*, int, int, int>)Find("cuDeviceGetName");
        DeviceGetAttribute = (delegate* unmanaged<int*, int, int, int>)Find("cuDeviceGetAttribute");
        PrimaryContextRetain = (delegate* unmanaged<nint*, int, int>)Find("cuDevicePrimaryCtxRetain");
        PrimaryContextRelease = (delegate* unmanaged<int, int>)Find("cuDevicePrimaryCtxRelease_v2");
        ContextGetCurrent = (delegate* unmanaged<nint*, int>)Find("cuCtxGetCurrent");
        ContextSetCurrent = (delegate* unmanaged<nint, int>)Find("cuCtxSetCurrent");
        MemoryGetInfo = (delegate* unmanaged<nuint*, nuint*, int>)Find("cuMemGetInfo_v2");
        MemoryAllocate = (delegate* unmanaged<nint*, nuint, int>)Find("cuMemAlloc_v2");
        MemoryFree = (delegate* unmanaged<nint, int>)Find("cuMemFree_v2");
        HostAllocate = (delegate* unmanaged<nint*, nuint, uint, int>)Find("cuMemHostAlloc");
        HostFree = (delegate* unmanaged<nint, int>)Find("cuMemFreeHost");
        Clear = (delegate* unmanaged<nint, byte, nuint, nint, int>)Find("cuMemsetD8Async");
        CopyToDevice = (delegate* unmanaged<nint, nint, nuint, nint, int>)Find("cuMemcpyHtoDAsync_v2");
        CopyToHost = (delegate* unmanaged<nint, nint, nuint, nint, int>)Find("cuMemcpyDtoHAsync_v2");
        StreamCreate = (delegate* unmanaged<nint*, uint, int>)Find("cuStreamCreate");
        StreamSynchronize = (delegate* unmanaged<nint, int>)Find("cuStreamSynchronize");
        StreamDestroy = (delegate* unmanaged<nint, int>)Find("cuStreamDestroy_v2");
        EventCreate = (delegate* unmanaged<nint*, uint, int>)Find("cuEventCreate");
        EventRecord = (delegate* unmanaged<nint, nint, int>)Find("cuEventRecord");
        EventSynchronize = (delegate* unmanaged<nint, int>)Find("cuEventSynchronize");
        EventDestroy = (delegate* unmanaged<nint, int>)Find("cuEventDestroy_v2");
        ModuleLoad = (delegate* unmanaged<nint*, byte*, int, int*, nint*, int>)Find("cuModuleLoadDataEx");
        ModuleUnload = (delegate* unmanaged<nint, int>)Find("cuModuleUnload");
        ModuleGetFunction = (delegate* unmanaged<nint*, nint, byte*, int>)Find("cuModuleGetFunction");
        FunctionSetAttribute = (delegate* unmanaged<nint, int, int, int>)Find("cuFuncSetAttribute");
        ResidentBlocks = (delegate* unmanaged<int*, nint, int, nuint, int>)Find(
            "cuOccupancyMaxActiveBlocksPerMultiprocessor"
        );
        Launch = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)Find(
            "cuLaunchKernel"
        );
        LaunchCooperative = (delegate* unmanaged<
            nint,
            uint,
            uint,
            uint,
            uint,
            uint,
            uint,
            uint,
            nint,
            void**,
            int>)Find("cuLaunchCooperativeKernel");
        GraphCreate = (delegate* unmanaged<nint*, uint, int>)Find("cuGraphCreate");
        GraphAddKernel = (delegate* unmanaged<nint*, nint, nint*, nuint, KernelNode*, int>)Find("cuGraphAddKernelNode");
        GraphKernelSetAttribute = (delegate* unmanaged<nint, int, void*, int>)Find("cuGraphKernelNodeSetAttribute");
        GraphInstantiate = (delegate* unmanaged<nint*, nint, ulong, int>)Find("cuGraphInstantiateWithFlags");
        GraphChangeKernel = (delegate* unmanaged<nint, nint, KernelNode*, int>)Find("cuGraphExecKernelNodeSetParams");
        GraphLaunch = (delegate* unmanaged<nint, nint, int>)Find("cuGraphLaunch");
        GraphDestroy = (delegate* unmanaged<nint, int>)Find("cuGraphDestroy");
        GraphDestroyInstance = (delegate* unmanaged<nint, int>)Find("cuGraphExecDestroy");

        nint Find(string name) =>
            find(name) is var address and not 0
                ? address
                : throw new GpuException($"The NVIDIA driver is too old, because it has no {name}; {WayOut}.");
    }

    /// <summary>The driver of this machine; null where there is none.</summary>
    public static CudaDriver? OfThisMachine => s_found.Value;

    public delegate* unmanaged<int*, int, int> DeviceGet { get; }
    public delegate* unmanaged<byte*, int, int, int> DeviceGetName { get; }
    public delegate* unmanaged<int*, int, int, int> DeviceGetAttribute { get; }
    public delegate* unmanaged<nint*, int, int> PrimaryContextRetain { get; }
    public delegate* unmanaged<int, int> PrimaryContextRelease { get; }
    public delegate* unmanaged<nint*, int> ContextGetCurrent { get; }
    public delegate* unmanaged<nint, int> ContextSetCurrent { get; }
    public delegate* unmanaged<nuint*, nuint*, int> MemoryGetInfo { get; }
    public delegate* unmanaged<nint*, nuint, int> MemoryAllocate { get; }
    public delegate* unmanaged<nint, int> MemoryFree { get; }
    public delegate* unmanaged<nint*, nuint, uint, int> HostAllocate { get; }
    public delegate* unmanaged<nint, int> HostFree { get; }
    public delegate* unmanaged<nint, byte, nuint, nint, int> Clear { get; }
    public delegate* unmanaged<nint, nint, nuint, nint, int> CopyToDevice { get; }
    public delegate* unmanaged<nint, nint, nuint, nint, int> CopyToHost { get; }
    public delegate* unmanaged<nint*, uint, int> StreamCreate { get; }
    public delegate* unmanaged<nint, int> StreamSynchronize { get; }
    public delegate* unmanaged<nint, int> StreamDestroy { get; }
    public delegate* unmanaged<nint*, uint, int> EventCreate { get; }
    public delegate* unmanaged<nint, nint, int> EventRecord { get; }
    public delegate* unmanaged<nint, int> EventSynchronize { get; }
    public delegate* unmanaged<nint, int> EventDestroy { get; }
    public delegate* unmanaged<nint*, byte*, int, int*, nint*, int> ModuleLoad { get; }
    public delegate* unmanaged<nint, int> ModuleUnload { get; }
    public delegate* unmanaged<nint*, nint, byte*, int> ModuleGetFunction { get; }
    public delegate* unmanaged<nint, int, int, int> FunctionSetAttribute { get; }
    public delegate* unmanaged<int*, nint, int, nuint, int> ResidentBlocks { get; }
    public delegate* unmanaged<
        nint,
        uint,
        uint,
        uint,
        uint,
        uint,
        uint,
        uint,
        nint,
        void**,
        void**,
        int> Launch { get; }
    public delegate* unmanaged<
        nint,
        uint,
        uint,
        uint,
        uint,
        uint,
        uint,
        uint,
        nint,
        void**,
        int> LaunchCooperative { get; }

    public delegate* unmanaged<nint*, uint, int> GraphCreate { get; }
    public delegate* unmanaged<nint*, nint, nint*, nuint, KernelNode*, int> GraphAddKernel { get; }
    public delegate* unmanaged<nint, int, void*, int> GraphKernelSetAttribute { get; }
    public delegate* unmanaged<nint*, nint, ulong, int> GraphInstantiate { get; }
    public delegate* unmanaged<nint, nint, KernelNode*, int> GraphChangeKernel { get; }
    public delegate* unmanaged<nint, nint, int> GraphLaunch { get; }
    public delegate* unmanaged<nint, int> GraphDestroy { get; }
    public delegate* unmanaged<nint, int> GraphDestroyInstance { get; }

    /// <summary>The number of cards; 0 where there is no driver, or an older one than is needed.</summary>
    public static int CountOf(CudaDriver? driver) =>
        driver is null || driver._init(0) != 0 || driver.Version < OldestVersion ? 0 : driver.Count();

    /// <summary>Makes the driver ready and finds a card.</summary>
    /// <param name="driver">The driver; null where there is none.</param>
    /// <param name="index">The card's number.</param>
    /// <returns>The driver's name for the card.</returns>
    /// <exception cref="GpuException">There is no driver, it is too old, or there is no such card.</exception>
    public static int Device(CudaDriver? driver, int index)
    {
        if (driver is null)
        {
            var library = s_libraries is [var first, ..] ? $" ({first})" : "";
            throw new GpuException($"There is no NVIDIA driver{library} here; {WayOut}.");
        }
        var result = driver._init(0);
        if (result == NoDevice)
        {
            throw new GpuException($"There is an NVIDIA driver here but no card; {WayOut}.");
        }
        if (result != 0)
        {
            throw new GpuException($"The NVIDIA driver does not start: {driver.Describe(result)}; {WayOut}.");
        }
        if (driver.Version is var version and < OldestVersion)
        {
            throw new GpuException(
                $"The NVIDIA driver is of CUDA {version / 1000}.{version % 1000 / 10} and must be of "
                    + $"{OldestVersion / 1000}.{OldestVersion % 1000 / 10} or newer; install a newer one, or {WayOut}."
            );
        }
        if (driver.Count() is var count && (uint)index >= (uint)count)
        {
            var there = count == 1 ? "the only card is gpu:0" : $"the cards are gpu:0 to gpu:{count - 1}";
            throw new GpuException($"There is no gpu:{index} here, and {there}; name one that is there, or {WayOut}.");
        }
        int device;
        driver.Check(driver.DeviceGet(&device, index));
        return device;
    }

    /// <summary>The version of CUDA that the driver is for, such as 13,000 for 13.0.</summary>
    public int Version
    {
        get
        {
            int version;
            Check(_driverGetVersion(&version));
            return version;
        }
    }

    /// <summary>Makes an exception of a result that is not 0.</summary>
    /// <exception cref="GpuException">The result is not 0.</exception>
    public void Check(int result)
    {
        if (result != 0)
        {
            throw new GpuException($"The NVIDIA driver reports an error: {Describe(result)}.");
        }
    }

    /// <summary>What a result means, in the driver's words.</summary>
    public string Describe(int result)
    {
        byte* name;
        byte* words;
        return _getErrorName(result, &name) == 0 && _getErrorString(result, &words) == 0
            ? $"{Marshal.PtrToStringUTF8((nint)words)} ({Marshal.PtrToStringUTF8((nint)name)})"
            : $"error {result}";
    }

    private static CudaDriver? Load()
    {
        foreach (var path in s_libraries)
        {
            if (NativeLibrary.TryLoad(path, out var library))
            {
                return new(name => NativeLibrary.TryGetExport(library, name, out var address) ? address : 0);
            }
        }
        return null;
    }

    private int Count()
    {
        int count;
        Check(_deviceGetCount(&count));
        return count;
    }
}

/// <summary>A card cannot be used, or has failed; the message is one sentence with the way out.</summary>
/// <param name="message">The sentence.</param>
internal sealed class GpuException(string message) : IOException(message);
