using System.Runtime.InteropServices;

namespace Recurrent.Kernels.Tests.Gpu;

internal static unsafe partial class FakeCuda
{
    private static readonly List<string> s_nodes = []; // of one graph

    [UnmanagedCallersOnly]
    private static int Launch(
        nint function,
        uint gridX,
        uint gridY,
        uint gridZ,
        uint x,
        uint y,
        uint z,
        uint shared,
        nint stream,
        void** parameters,
        void** extra
    )
    {
        Record("launch", new(function, gridX, gridY, gridZ, x, y, z, shared, parameters));
        return Within(nameof(Launch));
    }

    [UnmanagedCallersOnly]
    private static int Cooperate(
        nint function,
        uint gridX,
        uint gridY,
        uint gridZ,
        uint x,
        uint y,
        uint z,
        uint shared,
        nint stream,
        void** parameters
    )
    {
        Record("cooperative launch", new(function, gridX, gridY, gridZ, x, y, z, shared, parameters));
        return Within(nameof(Launch));
    }

    [UnmanagedCallersOnly]
    private static int GraphAdd(nint* node, nint graph, nint* before, nuint count, Node* launch)
    {
        *node = s_nodes.Count;
        s_nodes.Add(launch->Words);
        Assert.Equal(*node == 0 ? [] : [*node - 1], new ReadOnlySpan<nint>(before, (int)count));
        return Within(nameof(GraphAdd));
    }

    [UnmanagedCallersOnly]
    private static int GraphSetAttribute(nint node, int attribute, void* value)
    {
        s_nodes[(int)node] = $"{(attribute == 2 && *(int*)value == 1 ? "cooperative " : "odd ")}{s_nodes[(int)node]}";
        return Within(nameof(GraphSetAttribute));
    }

    [UnmanagedCallersOnly]
    private static int GraphInstantiate(nint* instance, nint graph, ulong flags) => Made(instance, s_next++);

    [UnmanagedCallersOnly]
    private static int GraphChange(nint instance, nint node, Node* launch)
    {
        s_nodes[(int)node] = launch->Words;
        return Within(nameof(GraphChange));
    }

    [UnmanagedCallersOnly]
    private static int GraphLaunch(nint instance, nint stream)
    {
        Launches.AddRange(s_nodes.Select(words => $"of graph {words}"));
        return Within(nameof(GraphLaunch));
    }

    private static void Record(string kind, Node launch)
    {
        if (Parameters != NotRecorded)
        {
            Launches.Add($"{kind} {launch.Words}");
        }
    }

    /// <summary>A launch as the driver is told of it, in a graph and otherwise.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Node(
        nint function,
        uint gridX,
        uint gridY,
        uint gridZ,
        uint x,
        uint y,
        uint z,
        uint shared,
        void** parameters
    )
    {
        private readonly nint _function = function;
        private readonly uint _gridX = gridX;
        private readonly uint _gridY = gridY;
        private readonly uint _gridZ = gridZ;
        private readonly uint _x = x;
        private readonly uint _y = y;
        private readonly uint _z = z;
        private readonly uint _shared = shared;
        private readonly void** _parameters = parameters;
        private readonly void** _extra;

        public string Words
        {
            get
            {
                Assert.Equal((OneFunction, 0), (_function, (nint)_extra));
                var values = new ulong[Parameters];
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = *(ulong*)_parameters[i];
                }
                var sizes = $"{_gridX},{_gridY},{_gridZ} x {_x},{_y},{_z} + {_shared}";
                return $"{sizes}: {string.Join(' ', values)}".TrimEnd(' ', ':');
            }
        }
    }
}
