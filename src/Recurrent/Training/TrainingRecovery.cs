namespace Recurrent.Training;

/// <summary>
/// A number stopped being finite, and the run went back to where all was last well, with half the learning rate.
/// </summary>
/// <param name="Epoch">The epoch in which that was, from 1.</param>
/// <param name="Minibatch">The minibatch of the epoch, from 1.</param>
/// <param name="Problem">What was not finite, such as: the loss is NaN.</param>
/// <param name="BackTo">How many minibatches of the epoch were kept; 0 for its beginning.</param>
/// <param name="LearningRate">The full learning rate from then on.</param>
public sealed record TrainingRecovery(int Epoch, long Minibatch, string Problem, long BackTo, double LearningRate);
