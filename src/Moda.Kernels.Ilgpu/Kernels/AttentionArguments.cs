using Moda.Kernels.Ilgpu.Memory;

namespace Moda.Kernels.Ilgpu.Kernels;

/// <summary>Queries, keys and values [T, B, heads x D], and a bias for each key.</summary>
internal readonly struct AttentionArguments(
    Tensor query, Tensor key, Tensor value, TensorView keyBias, bool hasBias, int heads, float scale, Tensor output)
{
    public readonly TensorView Query = TensorView.Of(query);
    public readonly TensorView Key = TensorView.Of(key);
    public readonly TensorView Value = TensorView.Of(value);
    public readonly TensorView KeyBias = keyBias;
    public readonly TensorView Output = TensorView.Of(output);
    public readonly int HasBias = hasBias ? 1 : 0;
    public readonly int Heads = heads;
    public readonly float Scale = scale;
    public readonly int Channels = query.Channels / heads;
    public readonly int Batch = query.Shape[1];
    public readonly int Queries = query.Shape[0];
    public readonly int Keys = key.Shape[0];
    public readonly long Items = (long)query.Rows * heads;
}
