using Recurrent.Files;

namespace Recurrent.Tests.Files;

public sealed class FileLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_second_holder_is_refused_until_the_first_lets_go()
    {
        using (FileLock.Acquire(Model))
        {
            Assert.Equal(
                $"Cannot write {Model}: another training run or program is writing it; wait until it has ended, or name another file.",
                Refusal(Model)
            );
            using var other = FileLock.Acquire(_folder["another model"]);
        }
        Assert.Empty(_folder.Names);
        FileLock.Acquire(Model).Dispose();
    }

    [Fact]
    public void A_link_leads_to_the_same_lock()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows asks for rights to make a link.");
        File.CreateSymbolicLink(_folder["link"], Model);
        using var held = FileLock.Acquire(_folder["link"]);
        Assert.Contains("another training", Refusal(Model), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_a_killed_process_left_locks_nobody_out()
    {
        File.WriteAllText(Model + ".lock", "");
        FileLock.Acquire(Model).Dispose();
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void A_folder_that_is_missing_is_named() =>
        Assert.Equal(
            $"Cannot write {_folder["no/model"]}: the folder {_folder["no"]} does not exist; create it first.",
            Refusal(_folder["no/model"])
        );

    [Fact]
    public void Of_many_who_come_and_go_one_at_a_time_holds_it()
    {
        var (holders, turns) = (0, 0);
        Parallel.For(
            0,
            8,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = 8,
                CancellationToken = TestContext.Current.CancellationToken,
            },
            _ =>
            {
                for (var attempt = 0; attempt < 500; attempt++)
                {
                    try
                    {
                        using var held = FileLock.Acquire(Model);
                        Assert.Equal(1, Interlocked.Increment(ref holders));
                        Interlocked.Increment(ref turns);
                        Interlocked.Decrement(ref holders);
                    }
                    catch (IOException)
                    {
                        // Somebody else's turn.
                    }
                }
            }
        );
        Assert.InRange(turns, 1, 4000);
        Assert.Empty(_folder.Names);
    }

    private static string Refusal(string path) => Assert.Throws<IOException>(() => FileLock.Acquire(path)).Message;
}
