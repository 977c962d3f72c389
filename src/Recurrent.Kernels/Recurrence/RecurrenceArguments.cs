namespace Recurrent.Kernels.Recurrence;

/// <summary>Pointers to one layer's whole sequence, time-major, and its sizes.</summary>
internal unsafe struct RecurrenceArguments
{
    public int Steps; // T
    public int Batch; // B
    public int HiddenSize; // H
    public bool Reversed; // from the last step to the first
    public float* Gates; // (T, B, G·H)
    public float* Input; // (T, B, G·H); the same as Gates unless the cell splits the input
    public int* Tokens; // (T, B), or null where the input is there already
    public float* TokenTable; // (vocabulary, G·H)
    public float* Bias; // (G·H) where a recurrent product that starts afresh begins; null without split
    public float* Weights; // packed: forward (H, G·H), backward (G·H, H)
    public float* InitialH; // (B, H)
    public float* InitialC; // (B, H), or null
    public float* H; // (T, B, H)
    public float* C; // (T, B, H), or null
    public float* OutputGradient; // (T, B, H) of the output, backward only
    public float* GradientH; // (B, H) in: of the final h; out: of the initial h
    public float* GradientC; // (B, H) in: of the final c; out: of the initial c
}
