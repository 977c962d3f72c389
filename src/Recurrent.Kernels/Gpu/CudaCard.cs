using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Recurrent.Kernels.Gpu;

/// <summary>
/// An NVIDIA card by its driver. It works in the driver's primary context, which is also that of CUDA's other users in
/// this process, and in one stream.
/// </summary>
internal sealed unsafe class CudaCard : GpuCard
{
    private const int OldestMajor = 7; // the first whose threads of a warp may wait for each other
    private const int OutOfMemory = 2; // results
    private const int UnsupportedPtx = 222;
    private const int AttributeMultiprocessors = 16;
    private const int AttributeMajor = 75;
    private const int AttributeMinor = 76;
    private const int AttributeCooperative = 95;
    private const int AttributeSharedBytes = 97;
    private const int FunctionSharedBytes = 8;
    private const int UsualSharedBytes = 48 << 10; // more must be asked for
    private const int JitErrorLog = 5;
    private const int JitErrorLogBytes = 6;
    private const int LogBytes = 8 << 10;
    private const uint NonBlockingStream = 1;
    private const uint EventWithoutTime = 2;
    private const int UploadParts = 4;
    private const int PartBytes = 1 << 20;
    private const int Alignment = 64; // of an upload in its part

    private readonly CudaDriver _driver;
    private readonly int _device;
    private readonly string _label; // for messages
    private readonly nint _context;
    private readonly nint _stream;
    private readonly nint _uploads; // pinned memory, whose parts are used in turn
    private readonly nint _download; // likewise, one part
    private readonly nint[] _uploaded = new nint[UploadParts]; // events after the last copy from each part
    private readonly List<nint> _modules = [];
    private readonly Lock _uploading = new();
    private readonly Lock _downloading = new();
    private readonly bool _isCooperative;
    private int _part;
    private int _position; // in the part
    private bool _isDisposed;

    /// <summary>Opens a card.</summary>
    /// <param name="driver">The driver; null where there is none.</param>
    /// <param name="index">The card's number.</param>
    /// <exception cref="GpuException">There is no such card, or it or its driver is too old.</exception>
    public CudaCard(CudaDriver? driver, int index)
    {
        _device = CudaDriver.Device(driver, index);
        _driver = driver!;
        Name = ReadName();
        _label = $"gpu:{index} ({Name})";
        Capability = (Attribute(AttributeMajor), Attribute(AttributeMinor));
        if (Capability.Major < OldestMajor)
        {
            throw new GpuException(
                $"{_label} has the compute capability {Capability.Major}.{Capability.Minor} and {OldestMajor}.0 or "
                    + "more is needed; use Device.Cpu()."
            );
        }
        Multiprocessors = Attribute(AttributeMultiprocessors);
        SharedBytes = Attribute(AttributeSharedBytes);
        _isCooperative = Attribute(AttributeCooperative) != 0;
        fixed (
            nint* context = &_context,
                stream = &_stream,
                uploads = &_uploads,
                download = &_download
        )
        {
            Check(_driver.PrimaryContextRetain(context, _device));
            Enter();
            Check(_driver.StreamCreate(stream, NonBlockingStream));
            Check(_driver.HostAllocate(uploads, UploadParts * PartBytes, 0));
            Check(_driver.HostAllocate(download, PartBytes, 0));
        }
        fixed (nint* events = _uploaded)
        {
            for (var i = 0; i < UploadParts; i++)
            {
                Check(_driver.EventCreate(events + i, EventWithoutTime));
            }
        }
    }

    public override string Name { get; }

    public override (int Major, int Minor) Capability { get; }

    public override int Multiprocessors { get; }

    public override int SharedBytes { get; }

    public override long FreeBytes
    {
        get
        {
            nuint free,
                all;
            Enter();
            Check(_driver.MemoryGetInfo(&free, &all));
            return (long)free;
        }
    }

    public override nint Allocate(long bytes)
    {
        nint address;
        Enter();
        var result = _driver.MemoryAllocate(&address, (nuint)Math.Max(bytes, 1));
        if (result == OutOfMemory)
        {
            throw new InsufficientMemoryException(
                $"{_label} has {FreeBytes / 1e6:#,0} MB of memory free and {bytes / 1e6:#,0} MB more are needed; "
                    + "choose a smaller batch, fewer steps or the CPU."
            );
        }
        Check(result);
        return address;
    }

    /// <remarks>A card that has failed has no memory any more, so no result is looked at.</remarks>
    public override void Free(nint address)
    {
        lock (_modules)
        {
            if (!_isDisposed && _driver.ContextSetCurrent(_context) == 0)
            {
                _ = _driver.StreamSynchronize(_stream);
                _ = _driver.MemoryFree(address);
            }
        }
    }

    public override void Clear(nint address, long bytes)
    {
        if (bytes > 0)
        {
            Enter();
            Check(_driver.Clear(address, 0, (nuint)bytes, _stream));
        }
    }

    public override void Upload(ReadOnlySpan<byte> source, nint destination)
    {
        lock (_uploading)
        {
            Enter();
            while (source.Length > 0)
            {
                var bytes = Math.Min(source.Length, PartBytes - _position);
                var staged = _uploads + (_part * PartBytes) + _position;
                source[..bytes].CopyTo(new Span<byte>((byte*)staged, bytes));
                Check(_driver.CopyToDevice(destination, staged, (nuint)bytes, _stream));
                source = source[bytes..];
                destination += bytes;
                _position += (bytes + Alignment - 1) / Alignment * Alignment;
                if (_position == PartBytes)
                {
                    Check(_driver.EventRecord(_uploaded[_part], _stream));
                    (_part, _position) = ((_part + 1) % UploadParts, 0);
                    Check(_driver.EventSynchronize(_uploaded[_part]));
                }
            }
        }
    }

    public override void Download(nint source, Span<byte> destination)
    {
        lock (_downloading)
        {
            Enter();
            while (destination.Length > 0)
            {
                var bytes = Math.Min(destination.Length, PartBytes);
                Check(_driver.CopyToHost(_download, source, (nuint)bytes, _stream));
                Check(_driver.StreamSynchronize(_stream));
                new ReadOnlySpan<byte>((byte*)_download, bytes).CopyTo(destination);
                destination = destination[bytes..];
                source += bytes;
            }
        }
    }

    public override GpuReadback Readback(int bytes) => new CudaReadback(this, bytes);

    public override GpuFunction Load(PtxProgram program)
    {
        if (program.IsCooperative && !_isCooperative)
        {
            throw new GpuException(
                $"{_label} cannot run blocks that wait for each other, which {program.Name} needs; use Device.Cpu()."
            );
        }
        Enter();
        var log = stackalloc byte[LogBytes];
        log[0] = 0;
        var options = stackalloc int[2] { JitErrorLog, JitErrorLogBytes };
        var values = stackalloc nint[2] { (nint)log, LogBytes };
        nint module,
            function;
        fixed (byte* text = Encoding.UTF8.GetBytes(program.Text + '\0'))
        {
            var result = _driver.ModuleLoad(&module, text, 2, options, values);
            if (result == UnsupportedPtx)
            {
                throw new GpuException(
                    $"The NVIDIA driver is too old for the program {program.Name}; install a newer one, or use "
                        + "Device.Cpu()."
                );
            }
            if (result != 0)
            {
                throw new GpuException(
                    $"The NVIDIA driver refuses the program {program.Name}: {_driver.Describe(result)} "
                        + Marshal.PtrToStringUTF8((nint)log)
                );
            }
        }
        lock (_modules)
        {
            _modules.Add(module);
        }
        fixed (byte* entry = Encoding.UTF8.GetBytes(PtxProgram.Entry + '\0'))
        {
            Check(_driver.ModuleGetFunction(&function, module, entry));
        }
        if (program.SharedBytes > UsualSharedBytes)
        {
            Check(_driver.FunctionSetAttribute(function, FunctionSharedBytes, program.SharedBytes));
        }
        return new Function(program, function);
    }

    public override void Launch(
        GpuFunction function,
        GpuBlocks blocks,
        ReadOnlySpan<ulong> arguments,
        ReadOnlySpan<byte> factors
    )
    {
        var (program, handle) = (function.Program, ((Function)function).Handle);
        var parameters = stackalloc void*[arguments.Length + 1];
        fixed (ulong* values = arguments)
        fixed (byte* last = factors)
        {
            for (var i = 0; i < arguments.Length; i++)
            {
                parameters[i] = values + i;
            }
            parameters[arguments.Length] = last;
            Enter();
            var (x, y) = ((uint)blocks.X, (uint)blocks.Y);
            var (threads, shared) = ((uint)program.Threads, (uint)program.SharedBytes);
            Check(
                program.IsCooperative
                    ? _driver.LaunchCooperative(handle, x, y, 1, threads, 1, 1, shared, _stream, parameters)
                    : _driver.Launch(handle, x, y, 1, threads, 1, 1, shared, _stream, parameters, null)
            );
        }
    }

    public override GpuGraph Graph(GpuLaunches launches, int[][] order) => new CudaGraph(this, launches, order);

    public override int ResidentBlocks(GpuFunction function)
    {
        var program = function.Program;
        int blocks;
        Enter();
        Check(
            _driver.ResidentBlocks(&blocks, ((Function)function).Handle, program.Threads, (nuint)program.SharedBytes)
        );
        return blocks;
    }

    protected override void Dispose(bool disposing)
    {
        lock (_modules)
        {
            if (_isDisposed || _driver.ContextSetCurrent(_context) != 0)
            {
                return;
            }
            _isDisposed = true;
            _ = _driver.StreamSynchronize(_stream);
            foreach (var module in _modules)
            {
                _ = _driver.ModuleUnload(module);
            }
            foreach (var uploaded in _uploaded)
            {
                _ = _driver.EventDestroy(uploaded);
            }
            _ = _driver.HostFree(_uploads);
            _ = _driver.HostFree(_download);
            _ = _driver.StreamDestroy(_stream);
            _ = _driver.PrimaryContextRelease(_device);
        }
    }

    /// <summary>The queue.</summary>
    internal nint Stream => _stream;

    /// <summary>The driver's handle of a program.</summary>
    internal static nint HandleOf(GpuFunction function) => ((Function)function).Handle;

    /// <summary>Makes this card the one that the calling thread's calls are for.</summary>
    internal CudaDriver Enter()
    {
        nint current;
        if (_driver.ContextGetCurrent(&current) != 0 || current != _context)
        {
            Check(_driver.ContextSetCurrent(_context));
        }
        return _driver;
    }

    /// <remarks>An error of a kernel comes with whatever is asked for next, and from then on with everything.</remarks>
    internal void Check(int result)
    {
        if (result != 0)
        {
            Throw(result);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Throw(int result) => throw new GpuException($"{_label} has failed: {_driver.Describe(result)}.");

    private int Attribute(int attribute)
    {
        int value;
        _driver.Check(_driver.DeviceGetAttribute(&value, attribute, _device));
        return value;
    }

    private string ReadName()
    {
        const int most = 256;
        var name = stackalloc byte[most];
        _driver.Check(_driver.DeviceGetName(name, most, _device));
        return Marshal.PtrToStringUTF8((nint)name)!;
    }

    private sealed class Function(PtxProgram program, nint handle) : GpuFunction(program)
    {
        public nint Handle => handle;
    }
}
