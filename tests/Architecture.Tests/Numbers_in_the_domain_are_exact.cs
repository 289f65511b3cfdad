using System.Reflection;
using FluentAssertions;
using Xunit;

namespace Trading.Architecture.Tests;

public sealed class Numbers_in_the_domain_are_exact
{
    private const BindingFlags Everything =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    [Fact]
    public void No_member_is_a_floating_point_number() =>
        typeof(Domain.Ports.IEventLog)
            .Assembly.GetTypes()
            .SelectMany(type => type.GetMembers(Everything).Select(member => (type, member)))
            .Where(pair => TypesOf(pair.member).SelectMany(Parts).Any(IsInexact))
            .Select(pair => $"{pair.type.FullName}.{pair.member.Name}")
            .Should()
            .BeEmpty();

    private static bool IsInexact(Type type) => type == typeof(double) || type == typeof(float) || type == typeof(Half);

    private static IEnumerable<Type> TypesOf(MemberInfo member) =>
        member switch
        {
            FieldInfo field => [field.FieldType],
            PropertyInfo property => [property.PropertyType],
            MethodInfo method => [method.ReturnType, .. method.GetParameters().Select(p => p.ParameterType)],
            ConstructorInfo constructor => constructor.GetParameters().Select(p => p.ParameterType),
            _ => [],
        };

    // A list of prices, a nullable price and an array of prices are as inexact as a price.
    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? [type, .. type.GetGenericArguments().SelectMany(Parts)]
        : [type];
}
