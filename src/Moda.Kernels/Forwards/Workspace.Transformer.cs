namespace Moda.Kernels.Forwards;

public sealed partial class Workspace
{
    /// <summary>A linear layer: [..., inputs] to [..., outputs].</summary>
    /// <param name="input">[..., inputs].</param>
    /// <param name="weights">Packed weights.</param>
    /// <param name="epilogue">Gate, residual, activation.</param>
    /// <param name="output">Where to write; allocated when null.</param>
    public Tensor Linear(Tensor input, LinearWeights weights, in Epilogue epilogue = default, Tensor? output = null)
    {
        Tensor result = output ?? Allocate(input.Shape.WithChannels(weights.Outputs));
        RequireLinear(new LinearPart(input, weights, epilogue, result));
        if (Begins(result, result.Shape.ElementCount * weights.Inputs))
        {
            Device.Linear(input, weights, epilogue, result, Batch);
        }

        return result;
    }

    /// <summary>Linear layers that do not depend on each other.</summary>
    public void Linear(ReadOnlySpan<LinearPart> parts)
    {
        long multiplyAdds = 0;
        foreach (LinearPart part in parts)
        {
            RequireLinear(part);
            multiplyAdds += part.Output.Shape.ElementCount * part.Weights.Inputs;
        }

        if (Begins(parts[0].Output, multiplyAdds))
        {
            Device.Linear(parts, Batch);
        }
    }

    /// <summary>Layer normalisation over the channels.</summary>
    public Tensor LayerNorm(Tensor input, Tensor weight, Tensor bias, float epsilon, Tensor? output = null)
    {
        Tensor result = output ?? Allocate(input.Shape);
        Require(weight.Shape == new Shape(input.Channels), nameof(LayerNorm), "the weight must be [C]", input, weight);
        Require(bias.Shape == weight.Shape, nameof(LayerNorm), "the bias must be [C]", input, bias);
        Require(result.Shape == input.Shape, nameof(LayerNorm), "the output must have the input's shape", input, result);
        if (Begins(result))
        {
            Device.LayerNorm(input, weight, bias, epsilon, result);
        }

        return result;
    }

    /// <summary>RMS normalisation over the channels, with a weight or without.</summary>
    public Tensor RmsNorm(Tensor input, Tensor? weight, float epsilon, Tensor? output = null)
    {
        Tensor result = output ?? Allocate(input.Shape);
        if (weight is { } present)
        {
            Require(present.Shape == new Shape(input.Channels), nameof(RmsNorm), "the weight must be [C]", input, present);
        }

        Require(result.Shape == input.Shape, nameof(RmsNorm), "the output must have the input's shape", input, result);
        if (Begins(result))
        {
            Device.RmsNorm(input, weight, epsilon, result);
        }

        return result;
    }

    /// <summary>Adaptive RMS norm, <c>RMSNorm(x) (1 + scale) + shift</c>: [T, B, C] with shift and scale [B, C].</summary>
    public Tensor AdaRmsNorm(Tensor input, Tensor shift, Tensor scale, float epsilon, Tensor? output = null)
    {
        Tensor result = output ?? Allocate(input.Shape);
        RequireModulated(new AdaRmsNormPart(input, shift, scale, result));
        if (Begins(result))
        {
            Device.AdaRmsNorm(input, shift, scale, epsilon, result);
        }

        return result;
    }

    /// <summary>Adaptive RMS norms of tensors with the same number of channels, each with a shift and scale of its own.</summary>
    public void AdaRmsNorm(ReadOnlySpan<AdaRmsNormPart> parts, float epsilon)
    {
        foreach (AdaRmsNormPart part in parts)
        {
            RequireModulated(part);
            Require(part.Input.Channels == parts[0].Input.Channels, nameof(AdaRmsNorm), "all parts must have the same channels", part.Input, parts[0].Input);
        }

        if (Begins(parts[0].Output))
        {
            Device.AdaRmsNorm(parts, epsilon);
        }
    }

    /// <summary>Query-key normalisation and rotary position embedding, in place; see <see cref="Device.QkNormRope(Tensor, Tensor, Tensor?, int, float)"/>.</summary>
    public void QkNormRope(Tensor heads, Tensor weight, Tensor? rotation, int headCount, float epsilon)
    {
        RequireHeads(new QkNormRopePart(heads, weight, rotation), headCount);
        if (Begins(heads))
        {
            Device.QkNormRope(heads, weight, rotation, headCount, epsilon);
        }
    }

    /// <summary>Query-key normalisation and rotary position embedding of tensors with the same heads, in place.</summary>
    public void QkNormRope(ReadOnlySpan<QkNormRopePart> parts, int headCount, float epsilon)
    {
        foreach (QkNormRopePart part in parts)
        {
            RequireHeads(part, headCount);
            Require(part.Heads.Channels == parts[0].Heads.Channels, nameof(QkNormRope), "all parts must have the same heads", part.Heads, parts[0].Heads);
        }

        if (Begins(parts[0].Heads))
        {
            Device.QkNormRope(parts, headCount, epsilon);
        }
    }

    /// <summary>Multi-head attention: query [Tq, B, C], key and value [Tk, B, C]; see <see cref="Device.Attention"/>.</summary>
    public Tensor Attention(
        Tensor query, Tensor key, Tensor value, int headCount, float scale, Tensor? keyBias = null, Tensor? output = null)
    {
        Tensor result = output ?? Allocate(query.Shape);
        Require(query.Shape.Rank == 3 && query.Channels % headCount == 0, nameof(Attention), $"the query must be [T, B, C] with C a multiple of {headCount}", query, key);
        Require(key.Shape == query.Shape.With(0, key.Shape[0]), nameof(Attention), "key and query must agree but in length", query, key);
        Require(value.Shape == key.Shape, nameof(Attention), "the value must have the key's shape", key, value);
        Require(result.Shape == query.Shape, nameof(Attention), "the output must have the query's shape", query, result);
        if (keyBias is { } bias)
        {
            Require(bias.Shape == new Shape(key.Shape[0]), nameof(Attention), "the key bias must be [Tk]", key, bias);
        }

        if (Begins(result, 2 * result.Shape.ElementCount * key.Shape[0]))
        {
            Device.Attention(query, key, value, keyBias, headCount, scale, result);
        }

        return result;
    }

    private static void RequireLinear(in LinearPart part)
    {
        (Tensor input, LinearWeights weights, Epilogue epilogue, Tensor output) = part;
        Require(input.Channels == weights.Inputs, nameof(Linear), $"the input must have {weights.Inputs} channels", input, output);
        Require(output.Shape == input.Shape.WithChannels(weights.Outputs), nameof(Linear), $"the output must have {weights.Outputs} channels", input, output);
        RequireEpilogue(nameof(Linear), epilogue, output);
    }

    private static void RequireModulated(in AdaRmsNormPart part)
    {
        (Tensor input, Tensor shift, Tensor scale, Tensor output) = part;
        Require(input.Shape.Rank == 3 && shift.Shape == input.Shape.Inner(), nameof(AdaRmsNorm), "x must be [T, B, C] and the shift [B, C]", input, shift);
        Require(scale.Shape == shift.Shape, nameof(AdaRmsNorm), "the scale must be [B, C]", input, scale);
        Require(output.Shape == input.Shape, nameof(AdaRmsNorm), "the output must have the input's shape", input, output);
    }

    private static void RequireHeads(in QkNormRopePart part, int headCount)
    {
        (Tensor heads, Tensor weight, Tensor? rotation) = part;
        Require(heads.Shape.Rank == 3 && heads.Channels == headCount * weight.Channels, nameof(QkNormRope), "the tokens must be [T, B, heads x D]", heads, weight);
        if (rotation is { } table)
        {
            Require(table.Shape.Rank == 2 && table.Channels == weight.Channels, nameof(QkNormRope), "the rotation must be [P, D]", table, weight);
        }
    }

    private static void RequireEpilogue(string op, in Epilogue epilogue, Tensor output)
    {
        if (epilogue.Residual is { } residual)
        {
            Require(residual.Shape == output.Shape, op, "the residual must have the output's shape", output, residual);
        }

        if (epilogue.Gate is { } gate)
        {
            Require(BroadcastsTo(gate, output.Shape), op, "the gate must broadcast to the output", output, gate);
        }
    }
}
