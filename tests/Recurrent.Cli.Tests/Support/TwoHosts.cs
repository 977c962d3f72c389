using System.Diagnostics;

namespace Recurrent.Cli.Tests.Support;

/// <summary>
/// Two machines within this one: network namespaces with a wire between them, host names of their own, and a script in
/// place of ssh.
/// </summary>
internal sealed class TwoHosts : IDisposable
{
    private static readonly string[] s_hosts = ["hosta", "hostb"];

    private readonly TemporaryFolder _folder;

    private TwoHosts(TemporaryFolder folder) => _folder = folder;

    /// <summary>Makes them, or skips the test where that is not allowed.</summary>
    /// <param name="folder">Where files of the launcher go.</param>
    public static TwoHosts Start(TemporaryFolder folder)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root makes network namespaces.");
        Assert.SkipUnless(File.Exists("/usr/sbin/ip") || File.Exists("/sbin/ip"), "There is no program ip here.");
        var made = Shell(
            "ip netns add hosta && ip netns add hostb "
                + "&& ip link add va netns hosta type veth peer name vb netns hostb "
                + "&& ip -n hosta addr add 10.77.0.1/24 dev va && ip -n hostb addr add 10.77.0.2/24 dev vb "
                + "&& ip -n hosta link set lo up && ip -n hostb link set lo up "
                + "&& ip -n hosta link set va up && ip -n hostb link set vb up"
        );
        var hosts = new TwoHosts(folder);
        if (!made)
        {
            hosts.Dispose();
            Assert.Skip("This machine allows no network namespaces.");
        }
        folder.Write("hostfile", "10.77.0.1 slots=1\n10.77.0.2 slots=1\n");
        var agent = folder.Write(
            "agent",
            """
            #!/bin/bash
            # stands in for ssh: the rest is a command line for the machine that has the address
            address=$1; shift
            case $address in 10.77.0.1 | hosta) name=hosta ;; *) name=hostb ;; esac
            exec ip netns exec $name unshare --uts bash -c 'hostname "$0"; export OMPI_ALLOW_RUN_AS_ROOT=1
                export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; exec bash -c "$1"' $name "$*"

            """
        );
        Assert.True(Shell($"chmod 500 {agent}"));
        return hosts;
    }

    /// <summary>Starts a rank on each.</summary>
    public Process Start(string[] arguments) =>
        RecurrentProcess.Start(
            "ip",
            [
                .. "netns exec hosta unshare --uts bash -c".Split(' '),
                "hostname hosta; exec \"$@\"",
                .. "- mpirun.openmpi --allow-run-as-root --bind-to none --map-by node -n 2 --hostfile".Split(' '),
                _folder["hostfile"],
                .. $"--mca plm_rsh_agent {_folder["agent"]} --mca oob_tcp_if_include 10.77.0.0/24".Split(' '),
                .. "--mca btl_tcp_if_include 10.77.0.0/24".Split(' '),
                .. MpiJob.Program,
                .. arguments,
            ]
        );

    /// <summary>Cuts the wire.</summary>
    public static void Cut() => Assert.True(Shell("ip -n hosta link set va down"));

    public void Dispose()
    {
        foreach (var host in s_hosts)
        {
            Shell($"kill -9 $(ip netns pids {host}); ip netns del {host}");
        }
    }

    private static bool Shell(string line)
    {
        using var shell = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", line]) { RedirectStandardError = true, UseShellExecute = false }
        )!;
        shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        return shell.ExitCode == 0;
    }
}
