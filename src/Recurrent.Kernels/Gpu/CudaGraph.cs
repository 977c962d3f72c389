using System.Runtime.InteropServices;

namespace Recurrent.Kernels.Gpu;

/// <summary>A graph of the driver, in which launches that need nothing of each other may run at once.</summary>
internal sealed unsafe class CudaGraph : GpuGraph
{
    private const int Cooperative = 2; // an attribute of a launch
    private const int AttributeBytes = 64;

    private readonly CudaCard _card;
    private readonly nint[] _nodes;
    private nint _graph;
    private nint _instance;

    /// <inheritdoc cref="GpuCard.Graph"/>
    public CudaGraph(CudaCard card, GpuLaunches launches, int[][] order)
    {
        (_card, _nodes) = (card, new nint[launches.Count]);
        var driver = card.Enter();
        fixed (
            nint* graph = &_graph,
                instance = &_instance
        )
        {
            card.Check(driver.GraphCreate(graph, 0));
            for (var i = 0; i < launches.Count; i++)
            {
                Add(i, launches[i], order[i]);
            }
            card.Check(driver.GraphInstantiate(instance, _graph, 0));
        }
    }

    /// <remarks>
    /// A collected graph's handle is left to the end of the process: the finalizer may come after the card's.
    /// </remarks>
    protected override void Dispose(bool disposing)
    {
        var driver = _card.Enter();
        _ = driver.GraphDestroyInstance(_instance);
        _ = driver.GraphDestroy(_graph);
        (_instance, _graph) = (0, 0);
        base.Dispose(disposing);
    }

    public override void Change(int index, GpuLaunch launch)
    {
        var driver = _card.Enter();
        fixed (ulong* arguments = launch.Arguments)
        fixed (byte* factors = launch.Factors)
        {
            var parameters = stackalloc void*[launch.Arguments.Length + 1];
            var node = new KernelNode(launch, arguments, factors, parameters);
            _card.Check(driver.GraphChangeKernel(_instance, _nodes[index], &node));
        }
    }

    public override void Run()
    {
        var driver = _card.Enter();
        _card.Check(driver.GraphLaunch(_instance, _card.Stream));
    }

    private void Add(int index, GpuLaunch launch, int[] order)
    {
        var driver = _card.Enter();
        fixed (ulong* arguments = launch.Arguments)
        fixed (byte* factors = launch.Factors)
        fixed (nint* nodes = _nodes)
        {
            var parameters = stackalloc void*[launch.Arguments.Length + 1];
            var node = new KernelNode(launch, arguments, factors, parameters);
            var before = stackalloc nint[order.Length];
            for (var i = 0; i < order.Length; i++)
            {
                before[i] = nodes[order[i]];
            }
            _card.Check(driver.GraphAddKernel(nodes + index, _graph, before, (nuint)order.Length, &node));
            if (launch.Function.Program.IsCooperative)
            {
                var value = stackalloc int[AttributeBytes / sizeof(int)];
                new Span<int>(value, AttributeBytes / sizeof(int)).Clear();
                value[0] = 1;
                _card.Check(driver.GraphKernelSetAttribute(nodes[index], Cooperative, value));
            }
        }
    }
}

/// <summary>The driver's description of a launch in a graph, CUDA_KERNEL_NODE_PARAMS_v1.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct KernelNode
{
    private readonly nint _function;
    private readonly uint _gridX;
    private readonly uint _gridY;
    private readonly uint _gridZ;
    private readonly uint _blockX;
    private readonly uint _blockY;
    private readonly uint _blockZ;
    private readonly uint _sharedBytes;
    private readonly void** _parameters;
    private readonly void** _extra;

    /// <summary>Describes a launch.</summary>
    /// <param name="launch">The launch.</param>
    /// <param name="arguments">Where its arguments stand.</param>
    /// <param name="factors">Where its factors stand, or null.</param>
    /// <param name="parameters">Room for the addresses of all of them.</param>
    public KernelNode(GpuLaunch launch, ulong* arguments, byte* factors, void** parameters)
    {
        for (var i = 0; i < launch.Arguments.Length; i++)
        {
            parameters[i] = arguments + i;
        }
        parameters[launch.Arguments.Length] = factors;
        var program = launch.Function.Program;
        (_gridX, _gridY, _gridZ) = ((uint)launch.Blocks.X, (uint)launch.Blocks.Y, 1);
        (_blockX, _blockY, _blockZ) = ((uint)program.Threads, 1, 1);
        (_function, _sharedBytes) = (CudaCard.HandleOf(launch.Function), (uint)program.SharedBytes);
        _parameters = parameters;
        _extra = null;
    }
}
