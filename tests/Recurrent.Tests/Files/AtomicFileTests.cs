using Recurrent.Files;

namespace Recurrent.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Creates_a_file()
    {
        AtomicFile.Write(_folder["new"], stream => stream.Write([1, 2, 3]));

        Assert.Equal([1, 2, 3], File.ReadAllBytes(_folder["new"]));
        Assert.Equal(["new"], _folder.Names);
    }

    [Fact]
    public void The_old_file_is_whole_until_the_new_one_is()
    {
        File.WriteAllText(_folder["model"], "old");

        AtomicFile.Write(
            _folder["model"],
            stream =>
            {
                stream.Write(new byte[100_000]);
                stream.Flush();
                Assert.Equal("old", File.ReadAllText(_folder["model"]));
            }
        );

        Assert.Equal(100_000, new FileInfo(_folder["model"]).Length);
        Assert.Equal(["model"], _folder.Names);
    }

    [Fact]
    public void A_writer_that_throws_half_way_changes_nothing()
    {
        File.WriteAllText(_folder["model"], "old");

        var error = Assert.Throws<InvalidOperationException>(() =>
            AtomicFile.Write(
                _folder["model"],
                stream =>
                {
                    stream.Write(new byte[100_000]);
                    throw new InvalidOperationException("half-way");
                }
            )
        );

        Assert.Equal("half-way", error.Message);
        Assert.Equal("old", File.ReadAllText(_folder["model"]));
        Assert.Equal(["model"], _folder.Names);
    }

    [Fact]
    public void A_writer_whose_own_input_fails_gives_a_sentence_and_the_cause_inside()
    {
        var cause = new EndOfStreamException("The source ended.");

        var error = Assert.Throws<IOException>(() => AtomicFile.Write(_folder["model"], _ => throw cause));

        Assert.Equal($"Cannot write {_folder["model"]}: The source ended.", error.Message);
        Assert.Same(cause, error.InnerException);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void Temporary_names_taken_by_a_killed_process_are_passed_over()
    {
        var taken = new List<string>();
        AtomicFile.Write(
            _folder["model"],
            _ =>
            {
                // .recurrent-PROCESS-NUMBER.tmp: take the numbers that come next.
                var name = Assert.Single(_folder.Names)!;
                var parts = name.Split('-', '.');
                var number = int.Parse(parts[^2]);
                taken.AddRange(
                    Enumerable.Range(number + 1, 20).Select(next => _folder[$".recurrent-{parts[^3]}-{next}.tmp"])
                );
            }
        );
        taken.ForEach(path => File.WriteAllText(path, "left"));

        AtomicFile.Write(_folder["model"], stream => stream.WriteByte(1));

        Assert.Equal([1], File.ReadAllBytes(_folder["model"]));
        Assert.All(taken, path => Assert.Equal("left", File.ReadAllText(path)));
        Assert.Equal(taken.Count + 1, _folder.Names.Count());
    }

    [Fact]
    public async Task Concurrent_writers_leave_one_whole_file()
    {
        const int Length = 300_000;
        var path = _folder["model"];
        File.WriteAllBytes(path, Enumerable.Repeat((byte)0, Length).ToArray());

        var writers = Enumerable
            .Range(1, 4)
            .Select(writer =>
                Task.Run(
                    () =>
                    {
                        var half = Enumerable.Repeat((byte)writer, Length / 2).ToArray();
                        for (var time = 0; time < 8; time++)
                        {
                            AtomicFile.Write(
                                path,
                                stream =>
                                {
                                    stream.Write(half);
                                    stream.Write(half);
                                }
                            );
                            AssertWhole(File.ReadAllBytes(path));
                        }
                    },
                    TestContext.Current.CancellationToken
                )
            );
        await Task.WhenAll(writers);

        AssertWhole(File.ReadAllBytes(path));
        Assert.Equal(["model"], _folder.Names);

        static void AssertWhole(byte[] bytes)
        {
            Assert.Equal(Length, bytes.Length);
            Assert.Equal(-1, bytes.AsSpan().IndexOfAnyExcept(bytes[0]));
        }
    }

    [Fact]
    public void A_name_of_the_greatest_length_can_be_written()
    {
        var path = _folder[new string('m', 255)];

        AtomicFile.Write(path, stream => stream.WriteByte(1));

        Assert.Equal([1], File.ReadAllBytes(path));
    }
}
