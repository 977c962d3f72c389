namespace Recurrent.Formats;

/// <summary>
/// The type of the weights in a model file. Whatever it is, a model that is loaded computes in float32.
/// </summary>
public enum WeightType
{
    /// <summary>32 bits each, as the model has them.</summary>
    Float32,

    /// <summary>16 bits each, of about three decimal digits; up to 65,504.</summary>
    Float16,

    /// <summary>16 bits each, of about two decimal digits; as large as float32.</summary>
    BFloat16,
}
