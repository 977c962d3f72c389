using System.Diagnostics;
using System.IO.Pipes;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Training;

namespace Recurrent.Tests.Formats;

/// <summary>
/// A pipe in the place of a file: each reader and each writer refuses it in one sentence, and none waits for it.
/// </summary>
public sealed class PipeTests : IDisposable
{
    private const string Problem = "it is a pipe or a device; save its content to a file first.";
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 200).Select(i => i % 3)];

    private readonly TemporaryFolder _folder = new();
    private readonly AnonymousPipeServerStream _pipe = new();

    /// <summary>The end of a pipe to read from, as a file.</summary>
    private string Pipe => $"/proc/self/fd/{_pipe.ClientSafePipeHandle.DangerousGetHandle()}";

    public void Dispose()
    {
        _pipe.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_pipe_is_not_read_as_a_model_a_checkpoint_weights_or_a_vocabulary()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has the pipes of a process as files.");
        var weights = ExchangeCase.PathOf("pytorch/rnn.safetensors");

        AssertRefused(() => TrainedModel.Load(Pipe));
        AssertRefused(() => CreateTrainer().ResumeFrom(Pipe));
        AssertRefused(() => TrainedModel.ImportPyTorch(Pipe, ExchangeCase.PathOf("pytorch/vocab.json")));
        AssertRefused(() => TrainedModel.ImportPyTorch(weights, Pipe));

        void AssertRefused(Action read) =>
            Assert.Equal($"Cannot read {Pipe}: {Problem}", Assert.Throws<ModelFileException>(read).Message);
    }

    [Fact]
    public async Task A_pipe_without_a_writer_and_an_empty_file_are_refused_before_they_are_opened()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes among its files.");
        var (path, link) = (await MakePipe(), _folder["link"]);
        File.CreateSymbolicLink(link, path);
        await File.WriteAllBytesAsync(_folder["empty"], [], TestContext.Current.CancellationToken);
        var weights = ExchangeCase.PathOf("pytorch/rnn.safetensors");

        foreach (var input in (string[])[path, link, _folder["empty"]])
        {
            await AssertRefused(input, () => TrainedModel.Load(input));
            await AssertRefused(input, () => CreateTrainer().ResumeFrom(input));
            await AssertRefused(input, () => TrainedModel.ImportPyTorch(input, weights));
            await AssertRefused(input, () => TrainedModel.ImportPyTorch(weights, input));
        }

        static async Task AssertRefused(string input, Action read)
        {
            var error = await Assert.ThrowsAsync<ModelFileException>(() => Soon(read));
            Assert.Equal(
                $"Cannot read {input}: it is empty, a pipe or a device; save its content to a file first.",
                error.Message
            );
        }
    }

    [Fact]
    public async Task A_pipe_is_not_replaced_and_nobody_waits_for_its_writer()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes among its files.");
        var path = await MakePipe();
        var text = _folder["text.txt"];
        await File.WriteAllTextAsync(text, "some text", TestContext.Current.CancellationToken);
        var trained = TinyModel.Create();

        await AssertRefused(() => TrainedModel.CheckDestination(path));
        await AssertRefused(() => trained.Save(path));
        await AssertRefused(() => trained.ExportOnnx(path));
        await AssertRefused(() => CreateTrainer().SaveCheckpoint(path));
        await AssertRefused(() => TokenCache.Open(text, path));
        File.CreateSymbolicLink(_folder["link"], path);
        await Assert.ThrowsAsync<IOException>(() => Soon(() => TokenCache.Open(text, _folder["link"])));
        Assert.Equal(["link", "pipe", "text.txt"], _folder.Names);

        async Task AssertRefused(Action write)
        {
            var error = await Assert.ThrowsAsync<IOException>(() => Soon(write));
            Assert.Equal($"Cannot write {path}: it is a pipe or a device; name a file.", error.Message);
        }
    }

    private async Task<string> MakePipe()
    {
        var path = _folder["pipe"];
        using var mkfifo = Process.Start("mkfifo", [path]);
        await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        return path;
    }

    private static Task Soon(Action work) =>
        Task.Run(work, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    private static Trainer CreateTrainer() =>
        new(
            LanguageModel.Create(
                new ModelConfiguration { VocabularySize = 3, HiddenSize = 2 },
                RandomStream.Parameters(1)
            ),
            s_tokens,
            new TrainerOptions { BatchSize = 2, Steps = 3 }
        );
}
