namespace Recurrent.Tensors;

/// <summary>Whether the calling thread's operators are recorded for <see cref="Tensor.Backward"/>.</summary>
/// <example>
/// <code>
/// using (GradientMode.Disable())
/// {
///     var tokens = Indices.From([1, 2, 3], rows: 3, columns: 1);
///     var (logits, state) = trained.Model.Forward(tokens, trained.Model.InitialState(batch: 1));
/// }
/// </code>
/// </example>
public static class GradientMode
{
    [ThreadStatic]
    private static int t_disabled;

    /// <summary>Whether operators are recorded.</summary>
    public static bool IsEnabled => t_disabled == 0;

    /// <summary>Stops the recording until the result is disposed.</summary>
    public static IDisposable Disable()
    {
        t_disabled++;
        return new Restore();
    }

    /// <summary>Stops the recording until <see cref="Resume"/>; allocates nothing.</summary>
    internal static void Suspend() => t_disabled++;

    /// <summary>Ends what <see cref="Suspend"/> began.</summary>
    internal static void Resume() => t_disabled--;

    private sealed class Restore : IDisposable
    {
        private bool _done;

        public void Dispose()
        {
            t_disabled -= _done ? 0 : 1;
            _done = true;
        }
    }
}
