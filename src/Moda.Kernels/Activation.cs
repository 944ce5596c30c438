namespace Moda.Kernels;

/// <summary>The function applied to each element at the end of an op.</summary>
public enum ActivationKind
{
    /// <summary>y = x.</summary>
    None,

    /// <summary>y = max(x, 0).</summary>
    Relu,

    /// <summary>y = x for x &gt;= 0, slope x below.</summary>
    LeakyRelu,

    /// <summary>y = x Phi(x) with the error function.</summary>
    Gelu,

    /// <summary>The tanh approximation of GELU.</summary>
    GeluTanh,

    /// <summary>y = x sigmoid(x).</summary>
    Silu,

    /// <summary>y = 1 / (1 + exp(-x)).</summary>
    Sigmoid,
}

/// <summary>An activation with its parameter.</summary>
/// <param name="Kind">Which function.</param>
/// <param name="Slope">The slope below zero of <see cref="ActivationKind.LeakyRelu"/>; not used by the others.</param>
public readonly record struct Activation(ActivationKind Kind, float Slope = 0)
{
    /// <summary>No activation.</summary>
    public static Activation None => default;

    /// <summary>max(x, 0).</summary>
    public static Activation Relu => new(ActivationKind.Relu);

    /// <summary>GELU with the error function.</summary>
    public static Activation Gelu => new(ActivationKind.Gelu);

    /// <summary>GELU's tanh approximation.</summary>
    public static Activation GeluTanh => new(ActivationKind.GeluTanh);

    /// <summary>x sigmoid(x).</summary>
    public static Activation Silu => new(ActivationKind.Silu);

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static Activation Sigmoid => new(ActivationKind.Sigmoid);

    /// <summary>x for x &gt;= 0, slope x below.</summary>
    public static Activation LeakyRelu(float slope) => new(ActivationKind.LeakyRelu, slope);
}
