using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Trading.Api.Access;

namespace Trading.Api.Hosting;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and its page at <c>/docs</c>.</summary>
internal static class OpenApiPage
{
    private const string UserScheme = "userToken";
    private const string KeyScheme = "apiKey";

    /// <summary>Describes the endpoints with who may call them.</summary>
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services) =>
        services.AddOpenApi(
            "v1",
            options =>
            {
                options.AddDocumentTransformer(
                    (document, _, _) =>
                    {
                        Describe(document);
                        return Task.CompletedTask;
                    }
                );
                options.AddOperationTransformer(
                    (operation, context, _) =>
                    {
                        Guard(operation, context);
                        FreshReads.Describe(operation, context);
                        return Task.CompletedTask;
                    }
                );
            }
        );

    /// <summary>Serves document and page.</summary>
    public static void MapOpenApiDocument(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json");
        app.UseSwaggerUI(page =>
        {
            page.SwaggerEndpoint("/openapi/v1.json", "v1");
            page.RoutePrefix = "docs";
            page.DocumentTitle = "Trading sessions";
        });
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new()
        {
            Title = "Trading sessions",
            Version = "1",
            Description =
                "Live broker sessions behind an event log. Errors everywhere are {detail, code, field?}. "
                + "Money is exact: read numbers as decimals.",
        };
        // Whoever serves the document serves the endpoints.
        document.Servers = [new() { Url = "/" }];
        document.Components ??= new();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[UserScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = "A signed-in user's token.",
        };
        document.Components.SecuritySchemes[KeyScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = "X-Api-Key",
            Description = "The key of a role: the operator's or the auditor's.",
        };
    }

    private static void Guard(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var rule = context.Description.ActionDescriptor.EndpointMetadata.OfType<AccessRule>().FirstOrDefault();
        if (rule is null)
        {
            return;
        }

        var schemes = rule.Who switch
        {
            Caller.User => [UserScheme],
            Caller.Operator => [KeyScheme],
            _ => (string[])[UserScheme, KeyScheme],
        };
        operation.Security =
        [
            .. schemes.Select(scheme => new OpenApiSecurityRequirement
            {
                [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [],
            }),
        ];
    }
}
