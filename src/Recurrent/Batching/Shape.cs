namespace Recurrent.Batching;

/// <summary>Checks the two lengths that every shape here is made of.</summary>
internal static class Shape
{
    public static int CheckedBatch(int value, string name) =>
        value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(
                name,
                $"The batch size is {value} and must be at least 1; 32 is the usual choice."
            );

    public static int CheckedSteps(int value, string name) =>
        value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(
                name,
                $"The number of steps is {value} and must be at least 1; 35 is the usual choice."
            );
}
