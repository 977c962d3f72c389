namespace Recurrent.Tensors;

/// <summary>The state that a tensor to differentiate with respect to keeps from pass to pass.</summary>
internal sealed class Leaf(Tensor tensor)
{
    private readonly List<(Tensor Left, Storage Gradient)> _products = [];
    private Storage? _gradient;

    /// <summary>Operands that it is of the way back that is being gone.</summary>
    public int Uses { get; set; }

    /// <summary>The memory of the gradient, which outlives every scope.</summary>
    public Storage Gradient => _gradient ??= NewGradient(tensor);

    /// <summary>Where the gradient is kept if operators read few rows of a table.</summary>
    public GradientRows Rows => field ??= new(tensor);

    /// <summary>The gradient as a tensor.</summary>
    public Tensor View
    {
        get => field ??= Tensor.Kept(Gradient, tensor.Shape);
        private set;
    }

    /// <summary>Memory for a gradient of a tensor, which outlives every scope.</summary>
    public static Tensor RoomFor(Tensor tensor) => Tensor.Kept(NewGradient(tensor), tensor.Shape);

    /// <summary>Gives the gradient away, and takes other memory for the next.</summary>
    /// <param name="room">A tensor of the same shape that nobody uses any more.</param>
    /// <returns>The gradient.</returns>
    public Tensor Exchange(Tensor room)
    {
        var gradient = View;
        (View, _gradient) = (room, room.Storage);
        return gradient;
    }

    private static Storage NewGradient(Tensor tensor) =>
        new Storage().Over(tensor.Device.Allocate<float>(tensor.Count), tensor.Device, pool: null);

    /// <summary>
    /// Adds aᵀ·dc to the gradient at the end of the pass. A loop over time multiplies by one weight at every step, so
    /// the steps are gathered and become one product, as fast as the largest: its chains run over the steps in the
    /// order in which they came, which gives the same bits as adding them one by one.
    /// </summary>
    public void AddProduct(Tensor a, Storage dc) => _products.Add((a, dc.Share()));

    /// <summary>Computes the product that was gathered.</summary>
    public void FlushProducts()
    {
        if (_products.Count == 0)
        {
            return;
        }
        var device = tensor.Device;
        var (m, n) = (tensor.Shape[0], tensor.Shape[1]);
        var depth = 0;
        foreach (var (left, _) in _products)
        {
            depth += left.Count / m;
        }
        var lefts = TensorPool.Rent(device, depth * m);
        var gradients = TensorPool.Rent(device, depth * n);
        var row = 0;
        foreach (var (left, gradient) in _products)
        {
            var rows = left.Count / m;
            device.Copy(left.Values, lefts.Slice(row * m, left.Count));
            device.Copy(gradient.Values, gradients.Slice(row * n, rows * n));
            row += rows;
            gradient.Release();
        }
        _products.Clear();
        var product = new WeightProduct(device, lefts.Values, m, gradients.Values, n, depth);
        product.Add(GradientSlot.Added(tensor), 0, m);
        product.Release();
        lefts.Release();
        gradients.Release();
    }
}
