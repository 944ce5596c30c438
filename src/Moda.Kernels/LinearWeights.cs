namespace Moda.Kernels;

/// <summary>The weights of a linear layer, packed as a device wants them. Owned by the <see cref="ParameterStore"/> that made it.</summary>
public abstract class LinearWeights
{
    /// <summary>Describes packed weights.</summary>
    protected LinearWeights(int outputs, int inputs)
    {
        Outputs = outputs;
        Inputs = inputs;
    }

    /// <summary>Output channels.</summary>
    public int Outputs { get; }

    /// <summary>Input channels.</summary>
    public int Inputs { get; }
}
