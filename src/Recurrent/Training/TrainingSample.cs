namespace Recurrent.Training;

/// <summary>A text that the model wrote at some time of its training.</summary>
/// <param name="Epoch">The epoch after which it did, from 1; 0 before the first.</param>
/// <param name="EpochsExpected">How many epochs there were to be, as it seemed then.</param>
/// <param name="Prompt">What it was given to continue.</param>
/// <param name="Text">The continuation alone.</param>
public sealed record TrainingSample(int Epoch, int EpochsExpected, string Prompt, string Text);
